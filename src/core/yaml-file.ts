import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UsageError } from './errors.ts';

/**
 * Reads a reviewed YAML file against a schema. Every mistake is told at once, each with `file:line:column`, what was
 * expected and what was found, so that a typo never becomes a rule that silently does not apply.
 */
export const readYaml = <T>(file: string, text: string, schema: z.ZodType<T>): T => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw invalid(document.errors.map(error => `${place(error.pos[0])}: ${error.message}`));
  }
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap(flatten).map(issue => {
    const path = issue.path.map(String).join('.') || 'the file';
    return `${place(offsetOf(document, issue.path))}: ${path}: ${issue.message}`;
  });
  throw invalid(problems);
};

const invalid = (problems: readonly string[]): UsageError =>
  new UsageError('yaml-invalid', problems.join('\n'), {
    hint: 'docs/reference/policy.md describes every key',
  });

interface FlatIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Unknown keys get one problem each, at the key itself. */
const flatten = (issue: z.core.$ZodIssue): FlatIssue[] =>
  issue.code === 'unrecognized_keys'
    ? issue.keys.map(key => ({ path: [...issue.path, key], message: 'unknown key' }))
    : [{ path: issue.path, message: issue.message }];

type Document = ReturnType<typeof parseDocument>;

/** Where the value at a path begins; for something absent, the nearest thing around it. */
const offsetOf = (document: Document, path: readonly PropertyKey[]): number => {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isRanged(node)) return node.range[0];
  }
  return 0;
};

const isRanged = (node: unknown): node is { readonly range: readonly [number, number, number] } =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
