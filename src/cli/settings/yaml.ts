import { dirname } from 'node:path';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { didYouMean } from '../nearest.ts';
import { isSwitch, type OptionSpec } from '../options/spec.ts';
import type { Setting } from './settings.ts';

/** Values of kola.yaml by flag name. Every mistake is reported with file, line, what was expected and what found. */
export const parseSettings = (
  text: string,
  path: string,
  specs: readonly OptionSpec[],
): ReadonlyMap<string, Setting> => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const [first = ''] = problem.message.split('\n');
    throw wrong(path, lines.linePos(problem.pos[0]).line, first.replace(/ at line \d+, column \d+:?$/, ''));
  }
  const lineOf = (key: string): number => {
    if (!isMap(document.contents)) return 1;
    const pair = document.contents.items.find(({ key: node }) => isScalar(node) && node.value === key);
    const range = isScalar(pair?.key) ? pair.key.range : undefined;
    return range === undefined || range === null ? 1 : lines.linePos(range[0]).line;
  };
  const found: unknown = document.toJS() ?? {};
  const known = specs.filter(spec => spec.hidden !== true);
  const parsed = schemaOf(known).safeParse(found);
  if (!parsed.success) throw explain(parsed.error.issues, found, path, known, lineOf);
  return new Map(
    Object.entries(parsed.data).flatMap(([key, value]) =>
      value === undefined
        ? []
        : [
            [
              key,
              {
                value: anchored(
                  asText(value),
                  known.find(({ name }) => name === key),
                  dirname(path),
                ),
                origin: `${path}:${lineOf(key)}: ${key}: ${shown(value)}`,
              },
            ],
          ],
    ),
  );
};

const anchored = (value: Setting['value'], spec: OptionSpec | undefined, folder: string): Setting['value'] =>
  typeof value === 'string' && spec?.fromFile !== undefined ? spec.fromFile(value, folder) : value;

type FileValue = string | number | boolean | readonly (string | number)[];

const scalar = z.union([z.string(), z.number()]);

const schemaOf = (specs: readonly OptionSpec[]): z.ZodType<Record<string, FileValue | undefined>> =>
  z.strictObject(Object.fromEntries(specs.map(spec => [spec.name, schemaOfOption(spec).optional()])));

const schemaOfOption = (spec: OptionSpec): z.ZodType<FileValue> => {
  if (isSwitch(spec)) return z.boolean();
  return spec.list === true ? z.union([scalar, z.array(scalar)]) : scalar;
};

const expected = (spec: OptionSpec): string => {
  if (isSwitch(spec)) return 'true or false';
  return spec.list === true ? 'text or a list of texts' : 'text or a number';
};

const explain = (
  issues: readonly z.core.$ZodIssue[],
  found: unknown,
  path: string,
  specs: readonly OptionSpec[],
  lineOf: (key: string) => number,
): UsageError => {
  const [issue] = issues;
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const names = specs.map(spec => spec.name);
    const hint = didYouMean(key, names) ?? 'keys are the long flags of kola run, without the dashes';
    return wrong(path, lineOf(key), `unknown key ${key}`, hint);
  }
  const key = String(issue?.path[0] ?? '');
  const spec = specs.find(({ name }) => name === key);
  if (spec === undefined)
    return wrong(path, 1, `expected a mapping of flags to values, found ${shown(found)}`);
  const value = typeof found === 'object' && found !== null ? Reflect.get(found, key) : found;
  return wrong(path, lineOf(key), `${key}: expected ${expected(spec)}, found ${shown(value)}`);
};

const wrong = (path: string, line: number, text: string, hint?: string): UsageError =>
  new UsageError('bad-config', `${path}:${line}: ${text}`, hint === undefined ? {} : { hint });

const asText = (value: FileValue): string | boolean | readonly string[] => {
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : value.map(String);
};

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
