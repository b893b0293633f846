import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { declaresUsing, type ReadImport, unawaitedReturns } from '../support/using-scopes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = ['src', 'platforms', 'scenarios', 'reports', 'examples', 'tests'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts'))
    .map(path => join(folder, path)),
);

const importedBy =
  (path: string): ReadImport =>
  specifier =>
    specifier.startsWith('.') ? readFileSync(join(root, dirname(path), specifier), 'utf8') : undefined;

test('nothing is disposed of while somebody still works with it', () => {
  const owning = sources.flatMap(path => {
    const source = readFileSync(join(root, path), 'utf8');
    return declaresUsing(source) ? [{ path, source }] : [];
  });
  expect(owning.length).toBeGreaterThan(40);
  const found = owning.flatMap(({ path, source }) =>
    unawaitedReturns(source, importedBy(path)).map(line => `${path}:${line}`),
  );
  expect(found).toEqual([]);
});

const body = (...lines: readonly string[]): readonly number[] =>
  unawaitedReturns(['/** A comment. */', 'const f = async (x: any) => {', ...lines, '};'].join('\n'));

test('a promise that is returned unawaited is seen, wherever it is in the value', () => {
  const own = '  await using a = open();';
  expect(body(own, '  return g(a);')).toEqual([4]);
  expect(body('  using a = open();', '  return x ? 1 : (a.g() as any);')).toEqual([4]);
  expect(body(own, '  return x ?? a?.g();')).toEqual([4]);
  expect(body(own, '  if (x) { for (;;) { return g(a); } }')).toEqual([4]);
  expect(body(own, '  try { return g(a); } catch { return h(); }')).toEqual([4, 4]);
  expect(
    unawaitedReturns('class A {\n  async #b() {\n    using a = open();\n    return g(a);\n  }\n}'),
  ).toEqual([4]);
});

test('a function that says what it gives is let pass when that is no promise', () => {
  const returning = (declaration: string): readonly number[] =>
    unawaitedReturns(`${declaration}\nconst f = async () => { using a = open(); return g(a); };`);
  expect(returning('const g = (a: A): number => 1;')).toEqual([]);
  expect(returning('function g(a: A): readonly string[] { return []; }')).toEqual([]);
  expect(returning('const g = (a: A): Promise<number> => h(a);')).toEqual([2]);
  expect(returning('const g = async (a: A) => 1;')).toEqual([2]);
  expect(returning('const g = (a: A) => h(a);')).toEqual([2]);
  const imported = "import { g } from './g.ts';\nconst f = async () => { using a = open(); return g(a); };";
  expect(unawaitedReturns(imported, () => 'export const g = (a: A): number => 1;')).toEqual([]);
  expect(unawaitedReturns(imported, () => 'export const g = (a: A): Promise<void> => h();')).toEqual([2]);
  expect(unawaitedReturns(imported)).toEqual([2]);
});

test('what is awaited, or comes from elsewhere, is not', () => {
  const own = '  await using a = open();';
  expect(body(own, '  return await g(a);')).toEqual([]);
  expect(body(own, '  return a.size;')).toEqual([]);
  expect(body(own, '  return Number(x.a());')).toEqual([]);
  expect(body(own, '  return x.map(h).join();')).toEqual([]);
  expect(body(own, '  const b = () => { return g(a); };', '  return b;')).toEqual([]);
  expect(body('  if (x) return g(x);', own, '  return 1;')).toEqual([]);
  expect(body('  { using a = open(); }', '  return g(x);')).toEqual([]);
  expect(unawaitedReturns('const f = () => {\n  using a = open();\n  return g(a);\n};')).toEqual([]);
});
