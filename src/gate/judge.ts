import { isInfrastructure } from '../core/outcome.ts';
import { subjectKey } from '../core/target.ts';
import { compareText } from './canonical.ts';
import type { Entry } from './entry.ts';
import type { GateInput } from './input.ts';
import { coversSignature, inScope, type Waiver, type WaiverQuestion, waiverFault } from './waiver.ts';

/**
 * What the results of one cell add up to.
 * `passed` at least one pass and nothing against it · `flaky` passes and failures · `failed` failures only ·
 * `waived` failures only, each covered · `missing` nothing that says anything about the image.
 */
export type CellState = 'passed' | 'flaky' | 'failed' | 'waived' | 'missing';

export interface Judgement {
  readonly state: CellState;
  /** One line on why, for everything but a clean pass. */
  readonly why: string;
  readonly evidence: readonly string[];
  /** When the first thing that speaks against it happened, milliseconds since the epoch; null = never tested. */
  readonly since: number | null;
  /** Newest pass; null = none. */
  readonly passedAt: number | null;
  /** Attempts that the cheapest pass took; null = none. */
  readonly attempts: number | null;
  /** Only infrastructure failed. */
  readonly infrastructureOnly: boolean;
  /** Waivers that cover a failure here. */
  readonly waivers: readonly string[];
  readonly signatures: readonly string[];
}

/** How one result counts. Only `pass` and `failure` say something about the image. */
type Weight = 'pass' | 'unstable' | 'failure' | 'infrastructure' | 'silent';

const weigh = ({ result }: Entry): Weight => {
  const infrastructure =
    result.cause !== null && (isInfrastructure(result.cause) || result.cause === 'usage');
  switch (result.outcome) {
    case 'passed':
      return 'pass';
    case 'flaky':
      // Retried because a cloud had no room: that is no flake of the product.
      return infrastructure ? 'pass' : 'unstable';
    case 'failed':
    case 'timedout':
      return infrastructure ? 'infrastructure' : 'failure';
    default:
      return result.cause !== null && infrastructure ? 'infrastructure' : 'silent';
  }
};

export const judge = (
  entries: readonly Entry[],
  question: WaiverQuestion,
  input: GateInput,
  secondPerson: boolean,
): Judgement => {
  const weighed = [...entries]
    .sort((a, b) => a.result.decidedAt - b.result.decidedAt || compareText(linkOf(a), linkOf(b)))
    .map(entry => ({ entry, weight: weigh(entry) }));
  const of = (...weights: Weight[]): Entry[] =>
    weighed.filter(one => weights.includes(one.weight)).map(one => one.entry);
  const passes = of('pass', 'unstable');
  const against = of('failure', 'unstable');
  const covers = coverage(against, question, input, secondPerson);
  const uncovered = against.filter(entry => !covers.by.has(entry));
  const state = stateOf(passes.length, against.length, uncovered.length);
  const shown =
    state === 'missing' ? of('infrastructure', 'silent') : state === 'waived' ? against : uncovered;
  return {
    state,
    why: [whyOf(state, shown, uncovered), ...covers.faults].filter(text => text !== '').join('; '),
    evidence: (shown.length > 0 ? shown : passes.slice(-1)).map(linkOf),
    since: shown[0]?.result.decidedAt ?? null,
    passedAt: passes.reduce<number | null>(
      (newest, one) => Math.max(newest ?? 0, one.result.decidedAt),
      null,
    ),
    attempts: passes.reduce<number | null>(
      (least, one) => Math.min(least ?? Infinity, one.result.attempts),
      null,
    ),
    infrastructureOnly: state === 'missing' && of('infrastructure').length > 0,
    waivers: [...new Set(covers.by.values())].sort(compareText),
    signatures: [...new Set(uncovered.map(one => one.result.signature ?? 'no signature'))].sort(compareText),
  };
};

/** Failures that are all covered weigh nothing, so that a pass beside them is a pass and no flake. */
const stateOf = (passes: number, against: number, uncovered: number): CellState => {
  if (passes > 0) return uncovered > 0 ? 'flaky' : 'passed';
  if (uncovered > 0) return 'failed';
  return against > 0 ? 'waived' : 'missing';
};

const coverage = (
  against: readonly Entry[],
  question: WaiverQuestion,
  input: GateInput,
  secondPerson: boolean,
): { readonly by: ReadonlyMap<Entry, string>; readonly faults: readonly string[] } => {
  const candidates = input.waivers
    .filter(waiver => inScope(waiver, question))
    .sort((a, b) => compareText(a.id, b.id));
  const by = new Map<Entry, string>();
  const faults = new Set<string>();
  for (const entry of against) {
    const tried = candidates.map(waiver => ({
      waiver,
      fault: faultFor(waiver, entry, input.now, secondPerson),
    }));
    const fitting = tried.find(one => one.fault === undefined);
    if (fitting !== undefined) by.set(entry, fitting.waiver.id);
    // Nobody needs to hear about waivers that do not fit when one does.
    else for (const { fault } of tried) if (fault !== undefined) faults.add(fault);
  }
  return { by, faults: [...faults].sort(compareText) };
};

const faultFor = (waiver: Waiver, entry: Entry, now: number, secondPerson: boolean): string | undefined =>
  coversSignature(waiver, entry.result)
    ? waiverFault(waiver, now, secondPerson)
    : `waiver ${waiver.id} is for another failure (${waiver.signature})`;

const whyOf = (state: CellState, shown: readonly Entry[], uncovered: readonly Entry[]): string => {
  const last = shown.at(-1)?.result;
  switch (state) {
    case 'passed':
      return '';
    case 'missing':
      return last === undefined
        ? 'no run tested it'
        : `${last.outcome}${last.cause === null ? '' : ` (${last.cause})`}: ${last.message ?? 'no reason given'}`;
    case 'flaky':
      return `passed, but failed ${uncovered.length === 1 ? 'once' : `${uncovered.length} times`} as well: ${last?.message ?? 'no reason given'}`;
    default:
      return last?.message ?? 'no reason given';
  }
};

/** Stable name of a result: the run, and the result's place in it. */
const linkOf = ({ target, result }: Entry): string => {
  const variant = target.variant === '' ? '' : `@${target.variant}`;
  return `run/${target.run}/${subjectKey({ ...target, ...result })}${variant}`;
};
