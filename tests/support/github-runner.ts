import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs?: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

export interface StepEnd {
  readonly name: string;
  readonly code: number;
  readonly log: string;
}

export interface ActionEnd {
  /** Steps that ran, in order; those of other actions have what they were given as their log. */
  readonly steps: readonly StepEnd[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly failed: boolean;
}

export interface RunnerOptions {
  readonly inputs: Readonly<Record<string, string>>;
  /** Empty folder for the runner's files. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Names of steps that this machine has done already. */
  readonly done?: readonly string[];
  /** Folder of the action; default: the one of this repository. */
  readonly action?: string;
  /** The workflow is cancelled while this step runs. */
  readonly cancelledIn?: string;
}

const packageFolder = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Runs the steps of an `action.yml` the way a runner of GitHub does, as far as the action makes use of it. */
export const runAction = async (options: RunnerOptions): Promise<ActionEnd> => {
  const actionFolder = options.action ?? packageFolder;
  const action = parse(readFileSync(join(actionFolder, 'action.yml'), 'utf8')) as Action;
  const defaults = Object.entries(action.inputs).map(([name, input]) => [
    `inputs.${name}`,
    String(input.default ?? ''),
  ]);
  const given = Object.entries(options.inputs).map(([name, value]) => [`inputs.${name}`, value]);
  const values = new Map<string, string>(
    [...defaults, ...given, ['github.action_path', actionFolder]].map(([name = '', value = '']) => [
      name,
      value,
    ]),
  );
  const summary = join(options.folder, 'summary.md');
  mkdirSync(join(options.folder, 'temp'), { recursive: true });
  writeFileSync(summary, '');
  const steps: StepEnd[] = [];
  let failed = false;
  let cancelled = false;
  for (const step of action.runs.steps) {
    const name = step.name ?? step.uses ?? '?';
    if (options.done?.includes(name) === true || !applies(step.if, values, { failed, cancelled })) continue;
    const end = await runStep({ ...step, name }, values, options, summary);
    steps.push(end);
    failed ||= end.code !== 0;
    cancelled ||= options.cancelledIn === name;
  }
  const outputs = Object.entries(action.outputs ?? {}).map(([name, { value }]) => [
    name,
    filled(value, values),
  ]);
  return { steps, outputs: Object.fromEntries(outputs), summary: readFileSync(summary, 'utf8'), failed };
};

const runStep = async (
  step: Step & { readonly name: string },
  values: Map<string, string>,
  { folder, env }: RunnerOptions,
  summary: string,
): Promise<StepEnd> => {
  if (step.run === undefined) {
    const given = Object.entries(step.with ?? {}).map(([name, value]) => `${name}: ${filled(value, values)}`);
    return { name: step.name, code: 0, log: given.join('\n') };
  }
  const output = join(folder, `output-${step.id ?? 'none'}`);
  writeFileSync(output, '');
  const own = Object.entries(step.env ?? {}).map(([name, value]) => [name, filled(value, values)]);
  const child = spawn('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', step.run], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_JOB: 'job',
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      RUNNER_TEMP: join(folder, 'temp'),
      ...env,
      ...Object.fromEntries(own),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { promise, resolve } = Promise.withResolvers<number>();
  child.once('close', code => resolve(code ?? 128));
  const [code, out, err] = await Promise.all([promise, text(child.stdout), text(child.stderr)]);
  for (const line of readFileSync(output, 'utf8').split('\n').filter(Boolean)) {
    const cut = line.indexOf('=');
    values.set(`steps.${step.id}.outputs.${line.slice(0, cut)}`, line.slice(cut + 1));
  }
  return { name: step.name, code, log: out + err };
};

const filled = (value: string, values: ReadonlyMap<string, string>): string =>
  value.replaceAll(/\$\{\{ (\S+) \}\}/g, (_, name: string) => values.get(name) ?? '');

/** The few forms of conditions that the action uses. Anything else is a mistake of ours. */
const applies = (
  condition: string | undefined,
  values: ReadonlyMap<string, string>,
  job: JobState,
): boolean => {
  const over = job.failed || job.cancelled;
  if (condition === undefined) return !over;
  const clauses = condition.split(' && ');
  const always = clauses.includes('always()') || clauses.includes('cancelled()');
  return (always || !over) && clauses.every(clause => holds(clause, values, job));
};

interface JobState {
  readonly failed: boolean;
  readonly cancelled: boolean;
}

const holds = (clause: string, values: ReadonlyMap<string, string>, { cancelled }: JobState): boolean => {
  if (clause === 'always()') return true;
  if (clause === 'cancelled()') return cancelled;
  const [, left, operator, right] = /^(\S+) (==|!=) '(.*)'$/.exec(clause) ?? [];
  if (left !== undefined) return ((values.get(left) ?? '') === right) === (operator === '==');
  const [, whole, part] = /^contains\((\S+), '(.*)'\)$/.exec(clause) ?? [];
  if (whole !== undefined) return (values.get(whole) ?? '').includes(part ?? '');
  throw new Error(`action.yml: a condition that tests cannot read: ${clause}`);
};
