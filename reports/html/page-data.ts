import type { ReportOptions } from '../../src/core/reporter.ts';
import { evidenceTitle, machineLogs, reproCommand } from '../evidence.ts';
import { oneLine, printable } from '../printable.ts';
import {
  type AttemptModel,
  causeOf,
  isUnmet,
  type MachineModel,
  type ResultModel,
  type RunModel,
  scenarioName,
} from '../run-model.ts';
import { outcomeLabel, worstFirst } from '../verdict.ts';
import { type LogWindow, logWindow } from './log-window.ts';

/** What the page's script reads. Keys are short: a run of 100,000 results is one file. */
export interface PageData {
  readonly targets: readonly string[];
  readonly outcomes: Readonly<Record<string, string>>;
  readonly results: readonly PageResult[];
}

export interface PageResult {
  readonly key: string;
  readonly name: string;
  /** Index into `targets`. */
  readonly at: number;
  readonly outcome: string;
  readonly cause: string;
  readonly ms: number;
  readonly tags?: readonly string[];
  /** Missing when it was left out for size. */
  readonly more?: { readonly again: string; readonly attempts: readonly PageAttempt[] };
}

export interface PageAttempt {
  readonly number: number;
  readonly outcome: string;
  readonly text: string;
  readonly kind?: string;
  readonly hint?: string;
  readonly phases: Readonly<Record<string, number>>;
  readonly checks: readonly { id: string; held: boolean; text: string }[];
  readonly subtests: readonly { name: string; outcome: string; text: string; ms: number }[];
  readonly rules: readonly { rule: string; text: string; excused?: string }[];
  readonly evidence: readonly { title: string; text: string }[];
  readonly log: readonly string[];
  readonly machines: readonly PageMachine[];
}

export interface PageMachine {
  readonly id: string;
  readonly role: string;
  readonly facts: readonly string[];
  readonly spans: readonly { phase: string; ms: number | null }[];
  readonly logs: readonly ({ name: string; href: string } & Partial<LogWindow>)[];
}

/** Characters of details that the page carries; a browser stays fluent with them. */
const detailBudget = 24 * 1024 * 1024;
/** Log files that are opened at most: reading is what takes time. */
const maxLogFiles = 2000;
const tailUnmet = 400;
const tailPassed = 60;

/** The whole page data, what needs attention first: it is also what gets its details while there is room. */
export const pageData = (model: RunModel, { readFile }: ReportOptions): PageData => {
  const targets = model.targets.map(target => target.key);
  const targetIndex = new Map(targets.map((key, index) => [key, index]));
  const rank = new Map(worstFirst.map((outcome, index) => [outcome, index]));
  const ordered = [...model.results].sort((a, b) => (rank.get(a.outcome) ?? 0) - (rank.get(b.outcome) ?? 0));
  let budget = detailBudget;
  let files = 0;
  const read = (path: string): string | undefined => {
    if (files >= maxLogFiles) return undefined;
    files += 1;
    return readFile(path);
  };
  const details = (result: ResultModel): PageResult['more'] | undefined => {
    if (budget <= 0) return undefined;
    const more = {
      again: reproCommand(result, model),
      attempts: result.attempts.map(attempt => pageAttempt(attempt, read)),
    };
    budget -= JSON.stringify(more).length;
    return more;
  };
  const results = ordered.map((result): PageResult => {
    const more = details(result);
    return {
      key: result.key,
      name: scenarioName(result.subject),
      at: targetIndex.get(result.target) ?? 0,
      outcome: result.outcome,
      cause: oneLine(causeOf(result)),
      ms: Math.round(result.took),
      ...(result.tags.length === 0 ? {} : { tags: result.tags }),
      ...(more === undefined ? {} : { more }),
    };
  });
  return { targets, outcomes: outcomeLabel, results };
};

const pageAttempt = (attempt: AttemptModel, read: ReportOptions['readFile']): PageAttempt => {
  const { failure } = attempt;
  const tail = isUnmet(attempt.outcome) ? tailUnmet : tailPassed;
  return {
    number: attempt.number,
    outcome: attempt.outcome,
    text: printable(failure?.message ?? attempt.reason ?? ''),
    ...(failure === undefined ? {} : { kind: `${failure.kind} (${failure.code})` }),
    ...(failure?.hint === undefined ? {} : { hint: printable(failure.hint) }),
    phases: attempt.phases,
    checks: attempt.checks.map(({ check, subtest, held, message }) => ({
      id: subtest === undefined ? check : `${subtest}/${check}`,
      held,
      text: printable(message ?? ''),
    })),
    subtests: attempt.subtests.map(subtest => ({
      name: subtest.name,
      outcome: subtest.outcome,
      text: oneLine(causeOf(subtest)),
      ms: subtest.took,
    })),
    rules: attempt.ruleHits.map(({ rule, source, line, text, excused }) => ({
      rule: `${rule} (${source} line ${line})`,
      text: oneLine(text),
      ...(excused === undefined ? {} : { excused: oneLine(excused) }),
    })),
    evidence: (failure?.evidence ?? []).map(one => ({
      title: evidenceTitle(one),
      text: printable(one.text),
    })),
    log: attempt.log.map(line => oneLine(line, 1000)),
    machines: attempt.machines.map(machine => pageMachine(machine, attempt, tail, read)),
  };
};

const pageMachine = (
  machine: MachineModel,
  attempt: AttemptModel,
  tail: number,
  read: ReportOptions['readFile'],
): PageMachine => {
  const { platformId, publicAddress, privateAddress, userDataForm, userDataDigest } = machine.detail;
  return {
    id: machine.id,
    role: machine.role,
    facts: [platformId, publicAddress, privateAddress, userDataForm, userDataDigest].filter(
      fact => fact !== undefined,
    ),
    spans: machine.spans
      .filter(span => span.phase !== 'destroyed' && span.phase !== 'frozen')
      .map(({ phase, from, to }) => ({ phase, ms: to === undefined ? null : to - from })),
    logs: machineLogs(machine).flatMap(({ name, path }) => {
      const text = read(path);
      if (text === undefined) return [];
      const mark = decisiveLine(attempt, machine, name, path);
      return [{ name, href: relativeHref(path), ...logWindow(text, mark, tail) }];
    }),
  };
};

/** The failure's own evidence decides; else the first rule hit that counts. */
const decisiveLine = (
  attempt: AttemptModel,
  machine: MachineModel,
  source: string,
  path: string,
): number | undefined =>
  attempt.failure?.evidence.find(one => one.path === path && one.line !== undefined)?.line ??
  attempt.ruleHits.find(
    hit => hit.machine === machine.id && hit.source === source && hit.excused === undefined,
  )?.line;

/** A link that stays inside the run folder's tree and can be no `javascript:`. */
export const relativeHref = (path: string): string =>
  `./${path.toWellFormed().split('/').map(encodeURIComponent).join('/')}`;
