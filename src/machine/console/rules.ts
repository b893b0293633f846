import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { packageRoot } from '../../core/package-root.ts';

const pattern = z.string().transform((source, context) => {
  try {
    return new RegExp(source);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'no pattern' });
    return z.NEVER;
  }
});
const id = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'ids are kebab-case');
const samples = z.array(z.string()).min(1);

const ruleSchema = z.strictObject({
  id,
  description: z.string(),
  severity: z.enum(['fatal', 'error']),
  pattern,
  ignore: pattern.optional(),
  repeat: z.strictObject({ times: z.number().int().min(2), unless: pattern }).optional(),
  silenced_by: z.array(id).optional(),
  speakers: z.array(z.string()).optional(),
  only_with: z.literal('selinux').optional(),
  from: z.number().int().optional(),
  matches: samples,
  passes: samples,
});
/** One rule of `policy/console-rules.yaml`, where the fields are described. */
export type ConsoleRule = z.output<typeof ruleSchema>;

const fileSchema = z
  .strictObject({
    schema: z.literal(1),
    quotations: z.array(z.strictObject({ id, pattern, matches: samples })),
    rules: z.array(ruleSchema).min(1),
  })
  .superRefine(({ rules }, context) => {
    const ids = rules.map(rule => rule.id);
    for (const [index, rule] of rules.entries()) {
      if (ids.indexOf(rule.id) !== index)
        context.addIssue({ code: 'custom', path: ['rules', index, 'id'], message: `${rule.id} comes twice` });
      for (const other of rule.silenced_by ?? [])
        if (!ids.includes(other))
          context.addIssue({
            code: 'custom',
            path: ['rules', index, 'silenced_by'],
            message: `there is no rule ${other}`,
          });
    }
  });
/** Console rules, checked, with compiled patterns. */
export type ConsoleRules = z.output<typeof fileSchema>;

/** Parses a rules file; throws a UsageError that names every mistake with its place. */
export const parseRules = (text: string, path: string): ConsoleRules => {
  const hint = 'the fields are described at the top of policy/console-rules.yaml';
  let data: unknown;
  try {
    data = parse(text);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new UsageError('console-rules', `${path} is no YAML: ${problem}`, { hint, cause: error });
  }
  const checked = fileSchema.safeParse(data);
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`);
  throw new UsageError('console-rules', `${path}: ${problems.join('; ')}`, { hint });
};

let ownRules: ConsoleRules | undefined;

/** The rules that come with kola. */
export const consoleRules = (): ConsoleRules => {
  const path = join(packageRoot(), 'policy/console-rules.yaml');
  ownRules ??= parseRules(readFileSync(path, 'utf8'), path);
  return ownRules;
};
