import { parseSync } from '@swc/core';

/** A node of swc's syntax tree, as far as it is looked at. */
interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

/** Nodes right below one. Arguments and the insides of methods come wrapped in objects that are none. */
const childrenOf = (node: Node): readonly Node[] =>
  Object.values(node)
    .flat()
    .flatMap(value => {
      if (isNode(value)) return [value];
      return typeof value === 'object' && value !== null ? Object.values(value).flat().filter(isNode) : [];
    });

const wrappers = new Set([
  'ParenthesisExpression',
  'TsAsExpression',
  'TsNonNullExpression',
  'TsSatisfiesExpression',
]);
const choices = new Set(['??', '||', '&&']);

/** Calls that a value may be the result of, and that nobody awaits: they may have given a promise. */
const bareCalls = (value: unknown): readonly Node[] => {
  if (!isNode(value)) return [];
  if (wrappers.has(value.type)) return bareCalls(value.expression);
  if (value.type === 'ConditionalExpression')
    return [...bareCalls(value.consequent), ...bareCalls(value.alternate)];
  if (value.type === 'BinaryExpression' && choices.has(String(value.operator)))
    return [...bareCalls(value.left), ...bareCalls(value.right)];
  if (value.type === 'OptionalChainingExpression') return bareCalls(value.base);
  return value.type === 'CallExpression' ? [value] : [];
};

const functions = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'MethodProperty',
  'ClassMethod',
  'PrivateMethod',
  'Constructor',
  'GetterProperty',
  'SetterProperty',
  'StaticBlock',
]);

const isAsync = (node: Node): boolean =>
  node.async === true || (node.function as { readonly async?: unknown } | undefined)?.async === true;

interface Scope {
  readonly async: boolean;
  /** Something is disposed of when the function is left here. */
  readonly owns: boolean;
}

interface Returned {
  readonly statement: Node;
  readonly calls: readonly Node[];
}

const find = (node: Node, scope: Scope): readonly Returned[] => {
  if (functions.has(node.type)) {
    const own: Scope = { async: isAsync(node), owns: false };
    return childrenOf(node).flatMap(child => find(child, own));
  }
  if (node.type === 'ReturnStatement') {
    const calls = scope.async && scope.owns ? bareCalls(node.argument) : [];
    return calls.length === 0 ? [] : [{ statement: node, calls }];
  }
  let { owns } = scope;
  return childrenOf(node).flatMap(child => {
    const found = find(child, { ...scope, owns });
    // From its declaration on, to the end of the block.
    if (child.type === 'UsingDeclaration') owns = true;
    return found;
  });
};

const all = (node: Node): readonly Node[] => [node, ...childrenOf(node).flatMap(all)];
const nameOf = (node: unknown): string | undefined =>
  isNode(node) && node.type === 'Identifier' ? String(node.value) : undefined;

/** Of values that are there already: none of them gives a promise. */
const plainMethods = new Set([
  'flat',
  'flatMap',
  'map',
  'filter',
  'join',
  'slice',
  'toString',
  'toSorted',
  'trim',
]);
const plainFunctions = new Set(['Number', 'String', 'Boolean', 'BigInt']);

/** Whether a function of this name says there that it gives something else than a promise; undefined = it is not there. */
const saysPlain = (module: Node, name: string): boolean | undefined => {
  const found = all(module).flatMap(node => {
    if (node.type === 'FunctionDeclaration' && nameOf(node.identifier) === name) return [node];
    return node.type === 'VariableDeclarator' && nameOf(node.id) === name && isNode(node.init)
      ? [node.init]
      : [];
  });
  const [made] = found;
  if (made === undefined) return undefined;
  return !isAsync(made) && isNode(made.returnType) && !JSON.stringify(made.returnType).includes('"Promise"');
};

/** Source of an imported module; undefined where it is none of ours. */
export type ReadImport = (specifier: string) => string | undefined;

const isPlain = (call: Node, module: Node, read: ReadImport): boolean => {
  const { callee } = call;
  if (isNode(callee) && callee.type === 'MemberExpression')
    return plainMethods.has(nameOf(callee.property) ?? '');
  const name = nameOf(callee);
  if (name === undefined) return false;
  const here = saysPlain(module, name);
  if (here !== undefined) return here;
  const from = childrenOf(module).find(
    node => node.type === 'ImportDeclaration' && childrenOf(node).some(({ local }) => nameOf(local) === name),
  );
  if (from === undefined) return plainFunctions.has(name);
  const source = read(String((from.source as Node).value));
  return source !== undefined && saysPlain(parse(source), name) === true;
};

const parse = (source: string): Node & { readonly span: { readonly start: number } } =>
  parseSync(source, { syntax: 'typescript', target: 'es2022' }) as unknown as Node & {
    readonly span: { readonly start: number };
  };

/** Whether a source is worth the look. */
export const declaresUsing = (source: string): boolean =>
  /^\s*(?:await )?using \w+ =|\(\s*(?:await )?using \w+ of/m.test(source);

const firstToken = (source: string): number =>
  Buffer.byteLength(/^(?:\s|\/\/.*|\/\*[\s\S]*?\*\/)*/.exec(source)?.[0] ?? '');

/**
 * Lines, from 1, on which an async function returns what a call gave, unawaited, while something is in force that it declared with
 * `using`: that is gone before a promise has come to its end. A function that says that it gives none is let pass.
 */
export const unawaitedReturns = (source: string, read: ReadImport = () => undefined): readonly number[] => {
  const module = parse(source);
  const bytes = Buffer.from(source);
  // Spans count bytes, and go on from one parsed source to the next; a module begins with its first token.
  const start = module.span.start - firstToken(source);
  return find(module, { async: false, owns: false })
    .filter(({ calls }) => !calls.every(call => isPlain(call, module, read)))
    .map(({ statement }) => {
      const at = (statement.span as { readonly start: number }).start - start;
      return bytes.subarray(0, at).toString().split('\n').length;
    });
};
