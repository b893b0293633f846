import { parseDocument } from 'yaml';
import { z } from 'zod';
import { ScenarioError } from '../../core/errors.ts';
import { type Arch, arches } from '../../core/target.ts';

/** Whitespace-separated words; lists are taken, too. */
const words = z
  .union([z.string(), z.array(z.string())])
  .transform(given =>
    (typeof given === 'string' ? given : given.join(' ')).split(/\s+/).filter(one => one !== ''),
  );

/** Asked for, known, and not done by kola: such a test is blocked with the reason, before any machine boots. */
const unsupported = [
  'primaryDisk',
  'additionalNics',
  'appendKernelArgs',
  'appendFirstbootKernelArgs',
  'bindMountHostRO',
  'injectContainer',
  'instanceType',
  'noInstanceCreds',
  'numaNodes',
  'bootFrom',
  'requiredHostPorts',
] as const;

const shape = {
  architectures: words.optional(),
  platforms: words.optional(),
  distros: words.optional(),
  tags: words.optional(),
  requiredTag: z.string().optional(),
  description: z.string().optional(),
  /** Minutes. */
  timeoutMin: z.number().positive().optional(),
  /** MiB. */
  minMemory: z.number().int().positive().optional(),
  /** GiB of the primary disk. */
  minDisk: z.number().int().positive().optional(),
  /** `5G`. */
  additionalDisks: z.array(z.string().regex(/^\d+[MG]$/, 'expected a size such as 5G')).optional(),
  /** Each test has a machine of its own: these two are read and change nothing. */
  exclusive: z.boolean().optional(),
  conflicts: z.array(z.string()).optional(),
  allowConfigWarnings: z.boolean().optional(),
  creationDate: z.string().optional(),
  ...Object.fromEntries(unsupported.map(key => [key, z.unknown().optional()])),
};
const schema = z.strictObject(shape);

/** What an external test says about itself, in the words of coreos-assembler's `kola.json`. */
export interface ExtMetadata {
  readonly description: string | undefined;
  readonly arches: readonly Arch[] | undefined;
  readonly platforms: { readonly only?: readonly string[]; readonly except?: readonly string[] };
  readonly distros: readonly string[] | undefined;
  readonly tags: readonly string[];
  readonly requiredTag: string | undefined;
  readonly timeoutMinutes: number | undefined;
  readonly memoryMiB: number | undefined;
  readonly diskGiB: number | undefined;
  readonly disksMiB: readonly number[];
  /** Keys that kola knows and cannot do. */
  readonly unsupported: readonly string[];
}

const archNames: Readonly<Record<string, Arch>> = { x86_64: 'amd64', aarch64: 'arm64' };

/** `!a b` excludes, `a b` restricts. */
const choice = (
  given: readonly string[] | undefined,
): { readonly only?: readonly string[]; readonly except?: readonly string[] } => {
  if (given === undefined || given.length === 0) return {};
  const [first = '', ...rest] = given;
  return first.startsWith('!') ? { except: [first.slice(1), ...rest] } : { only: given };
};

const archesOf = (given: readonly string[] | undefined): readonly Arch[] | undefined => {
  const { only, except } = choice(given);
  const named = (list: readonly string[]): readonly (Arch | undefined)[] =>
    list.map(name => archNames[name] ?? arches.find(arch => arch === name));
  if (only !== undefined) return arches.filter(arch => named(only).includes(arch));
  if (except !== undefined) return arches.filter(arch => !named(except).includes(arch));
  return undefined;
};

const sizeMiB = (text: string): number => Number.parseInt(text, 10) * (text.endsWith('G') ? 1024 : 1);

/** Checks metadata. Unknown keys are errors: a typing mistake must not widen where a test runs. */
export const parseMetadata = (file: string, given: Readonly<Record<string, unknown>>): ExtMetadata => {
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap(issue =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map(key => `unknown key ${key}`)
        : [`${issue.path.join('.')}: ${issue.message}`],
    );
    throw new ScenarioError('exttest-metadata', `${file}: ${problems.join('; ')}`, {
      hint: `known keys: ${Object.keys(shape).join(', ')}`,
    });
  }
  const { data } = parsed;
  return {
    description: data.description,
    arches: archesOf(data.architectures),
    platforms: choice(data.platforms),
    distros: data.distros,
    tags: data.tags ?? [],
    requiredTag: data.requiredTag,
    timeoutMinutes: data.timeoutMin,
    memoryMiB: data.minMemory,
    diskGiB: data.minDisk,
    disksMiB: (data.additionalDisks ?? []).map(sizeMiB),
    unsupported: unsupported.filter(key => key in given),
  };
};

/** The `# kola: {…}` line or the `## kola:` comment of a script; empty when it has neither. */
export const headerOf = (file: string, text: string): Readonly<Record<string, unknown>> => {
  const lines = text.split('\n');
  const at = lines.findIndex(line => /^##? kola:/.test(line));
  if (at < 0) return {};
  const first = lines[at] ?? '';
  if (first.startsWith('# ')) return mapping(file, first.slice('# kola:'.length));
  const end = lines.findIndex((line, index) => index > at && !line.startsWith('##'));
  const block = lines.slice(at + 1, end < 0 ? undefined : end).map(line => line.replace(/^## ?/, ''));
  return mapping(file, [first.slice('## kola:'.length), ...block].join('\n'));
};

/** JSON or YAML: the first is a part of the second. */
export const mapping = (file: string, text: string): Readonly<Record<string, unknown>> => {
  const document = parseDocument(text, { uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined)
    throw new ScenarioError('exttest-metadata', `${file}: ${error.message.split('\n', 1)[0]}`);
  const read: unknown = document.toJS() ?? {};
  if (typeof read === 'object' && read !== null && !Array.isArray(read))
    return Object.fromEntries(Object.entries(read));
  throw new ScenarioError('exttest-metadata', `${file}: expected keys with values, found ${String(read)}`);
};
