import type { EventOf, PhaseTimes, RunEvent } from '../src/core/event.ts';
import type { Outcome } from '../src/core/outcome.ts';
import { type Subject, subjectKey, type Target, targetKey } from '../src/core/target.ts';
import type {
  AttemptModel,
  MachineModel,
  MachineSpan,
  ResultModel,
  RetirementModel,
  RunModel,
  SubtestModel,
  TargetModel,
  Unselected,
} from './run-model.ts';
import { countOutcomes } from './run-model.ts';

type Draft<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

type MachineDraft = Omit<Draft<MachineModel>, 'spans'> & { spans: Draft<MachineSpan>[] };
type AttemptDraft = Omit<Draft<AttemptModel>, 'machines'> & { machines: MachineDraft[] };

interface ResultDraft {
  readonly key: string;
  readonly subject: Subject;
  tags: readonly string[];
  standIns: readonly string[];
  attempts: AttemptDraft[];
  decision: EventOf<'result.decided'> | undefined;
}

const noPhases: PhaseTimes = { provision: 0, boot: 0, run: 0, teardown: 0 };
const unfinishedReason = 'the run ended while it was running';
const undecidedReason = 'the run ended before a result was decided';
const notStartedReason = 'the run ended before it was started';

/**
 * Builds the read model from events, one by one. A log that stops anywhere is fine: an attempt without an end is
 * interrupted, what was selected and never started is not run. A missing result never reads as a pass.
 */
export class RunFold {
  private started: EventOf<'run.started'> | undefined;
  private ended: EventOf<'run.ended'> | undefined;
  private firstTime: string | undefined;
  private lastTime: string | undefined;
  private run = '';
  private readonly targets = new Map<string, Target>();
  private readonly results = new Map<string, ResultDraft>();
  private readonly attempts = new Map<string, AttemptDraft>();
  private readonly unselected = new Map<string, Unselected>();
  private readonly warnings: string[] = [];
  private readonly retired: RetirementModel[] = [];
  private known: EventOf<'known-issues.listed'>['issues'] = [];
  private uses: EventOf<'known-issues.judged'>['uses'] = [];

  event(event: RunEvent): void {
    this.run = event.run;
    this.firstTime ??= event.time;
    this.lastTime = event.time;
    switch (event.type) {
      case 'run.started':
        this.start(event);
        break;
      case 'plan.decided':
        this.plan(event);
        break;
      case 'attempt.started':
        this.startAttempt(event);
        break;
      case 'attempt.ended':
        this.endAttempt(event);
        break;
      case 'result.decided':
        this.result(event.subject).decision = event;
        break;
      case 'run.ended':
        this.ended = event;
        break;
      case 'log':
        this.log(event);
        break;
      case 'proof.decided':
        break;
      case 'shared.retired':
        this.retired.push(retirement(event));
        break;
      case 'shared.phase':
        // Attempts that use a shared machine say so themselves.
        break;
      case 'known-issues.listed':
        this.known = event.issues;
        break;
      case 'known-issues.judged':
        this.uses = event.uses;
        break;
      default:
        this.detail(event);
    }
  }

  private start(event: EventOf<'run.started'>): void {
    this.started = event;
    // A resumed run has ended once before; what counts is its last end.
    this.ended = undefined;
    for (const target of event.targets) this.targets.set(targetKey(target), target);
  }

  private plan(event: EventOf<'plan.decided'>): void {
    for (const selected of event.selected) {
      const result = this.result(selected);
      result.tags = selected.tags;
      result.standIns = selected.standIns ?? [];
    }
    for (const { scenario, reason, ...target } of event.unselected) {
      const key = targetKey(target);
      this.unselected.set(`${key}:${scenario}`, { target: key, scenario, reason });
    }
  }

  private startAttempt(event: EventOf<'attempt.started'>): void {
    // One that was made to fail says nothing about the image.
    if (event.sabotage !== undefined) return;
    const draft = newAttempt(event.attempt, event.number);
    draft.retryOf = event.retryOf;
    draft.startedAt = Date.parse(event.time);
    this.attempts.set(event.attempt, draft);
    this.result(event.subject).attempts.push(draft);
  }

  private endAttempt(event: EventOf<'attempt.ended'>): void {
    if (event.sabotage !== undefined) return;
    const known = this.attempts.get(event.attempt);
    const draft = known ?? newAttempt(event.attempt, event.number);
    if (known === undefined) {
      this.attempts.set(event.attempt, draft);
      this.result(event.subject).attempts.push(draft);
    }
    draft.outcome = event.outcome;
    draft.reason = event.reason;
    draft.failure = event.failure;
    draft.endedAt = Date.parse(event.time);
    draft.phases = event.phases;
    draft.held = event.checks.held;
    draft.broken = event.checks.broken;
    draft.unfinished = false;
  }

  private log(event: EventOf<'log'>): void {
    if (event.attempt === undefined) {
      if (event.level === 'warn') this.warnings.push(event.text);
      return;
    }
    if (event.level !== 'debug') this.attempts.get(event.attempt)?.log.push(event.text);
  }

  private detail(
    event: EventOf<'machine.phase' | 'subtest.started' | 'subtest.ended' | 'check.ended' | 'rule.hit'>,
  ): void {
    const attempt = this.attempts.get(event.attempt);
    if (attempt === undefined) return;
    if (event.type === 'machine.phase') recordPhase(attempt, event);
    else if (event.type === 'rule.hit') attempt.ruleHits.push(event);
    else if (event.type === 'check.ended') {
      attempt.checks.push(event);
      // attempt.ended has the last word; until then, and without it, what was seen counts.
      if (event.held) attempt.held += 1;
      else attempt.broken += 1;
    } else recordSubtest(attempt, event);
  }

  private result(subject: Subject): ResultDraft {
    const key = subjectKey(subject);
    const known = this.results.get(key);
    if (known !== undefined) return known;
    const { platform, arch, variant, channel, image, scenario, copy } = subject;
    const draft: ResultDraft = {
      key,
      subject: {
        platform,
        arch,
        ...(variant === undefined ? {} : { variant }),
        channel,
        image,
        scenario,
        copy,
      },
      tags: [],
      standIns: [],
      attempts: [],
      decision: undefined,
    };
    this.results.set(key, draft);
    return draft;
  }

  /** The run as far as it is known now. Attempts are shared with the fold: later events show in them. */
  model(): RunModel {
    const results = Array.from(this.results.values(), finishResult);
    const targets = this.finishTargets(results);
    const startedAt = this.firstTime === undefined ? undefined : Date.parse(this.firstTime);
    const lastAt = this.lastTime === undefined ? undefined : Date.parse(this.lastTime);
    const decided = results.filter(result => result.decided).length;
    return {
      run: this.run,
      kola: this.started?.kola ?? '',
      command: this.started?.command ?? [],
      seed: this.started?.seed,
      slots: this.started?.slots,
      host: this.started?.host,
      startedAt,
      lastAt,
      ended: this.ended !== undefined,
      took: this.ended?.took ?? (lastAt ?? 0) - (startedAt ?? 0),
      exitCode: this.ended?.exitCode,
      verdict:
        this.ended?.verdict ??
        `INTERRUPTED: the run has no end; ${decided} of ${results.length} scenarios have a result`,
      leaked: this.ended?.leaked ?? [],
      targets,
      notices: [...new Set(targets.flatMap(({ target }) => target.image.notice ?? []))],
      results,
      unselected: [...this.unselected.values()],
      counts: countOutcomes(results),
      warnings: this.warnings,
      usage: this.ended?.usage,
      retired: this.retired,
      knownIssues: this.known.map(issue => ({
        ...issue,
        use: this.uses.find(({ id }) => id === issue.id)?.use,
      })),
    };
  }

  private finishTargets(results: readonly ResultModel[]): TargetModel[] {
    const byTarget = new Map<string, ResultModel[]>();
    for (const key of this.targets.keys()) byTarget.set(key, []);
    const known = new Map(this.targets);
    for (const result of results) {
      const list = byTarget.get(result.target);
      if (list === undefined) {
        byTarget.set(result.target, [result]);
        const { scenario: _, copy: __, ...target } = result.subject;
        known.set(result.target, target);
      } else list.push(result);
    }
    return [...known].map(([key, target]) => {
      const own = byTarget.get(key) ?? [];
      return { key, target, counts: countOutcomes(own), results: own };
    });
  }
}

const newAttempt = (id: string, number: number): AttemptDraft => ({
  id,
  number,
  retryOf: undefined,
  outcome: 'interrupted',
  reason: unfinishedReason,
  failure: undefined,
  startedAt: undefined,
  endedAt: undefined,
  phases: noPhases,
  machines: [],
  checks: [],
  held: 0,
  broken: 0,
  subtests: [],
  ruleHits: [],
  log: [],
  unfinished: true,
});

/** Nothing comes after it: the machine is gone, has become a template, or is left to others. */
const isOver = (phase: EventOf<'machine.phase'>['phase']): boolean =>
  phase === 'destroyed' || phase === 'frozen' || phase === 'released';

const retirement = ({ machine, scenarios, changes }: EventOf<'shared.retired'>): RetirementModel => ({
  machine,
  scenarios,
  changes,
});

const recordPhase = (attempt: AttemptDraft, event: EventOf<'machine.phase'>): void => {
  const at = Date.parse(event.time);
  let machine = attempt.machines.find(known => known.id === event.machine);
  if (machine === undefined) {
    machine = { id: event.machine, role: event.role, spans: [], detail: {}, lost: false };
    attempt.machines.push(machine);
  }
  const before = machine.spans.at(-1);
  if (before !== undefined) before.to ??= at;
  machine.spans.push({ phase: event.phase, from: at, to: isOver(event.phase) ? at : undefined });
  if (event.phase === 'lost') machine.lost = true;
  if (event.detail !== undefined) Object.assign(machine.detail, event.detail);
};

const recordSubtest = (attempt: AttemptDraft, event: EventOf<'subtest.started' | 'subtest.ended'>): void => {
  const at = attempt.subtests.findIndex(subtest => subtest.name === event.subtest);
  const subtest: SubtestModel =
    event.type === 'subtest.ended'
      ? {
          name: event.subtest,
          outcome: event.outcome,
          reason: event.reason,
          failure: event.failure,
          took: event.took,
        }
      : {
          name: event.subtest,
          outcome: 'interrupted',
          reason: unfinishedReason,
          failure: undefined,
          took: 0,
        };
  if (at < 0) attempt.subtests.push(subtest);
  else attempt.subtests[at] = subtest;
};

const finishResult = (draft: ResultDraft): ResultModel => {
  const { key, subject, tags, standIns, decision, attempts } = draft;
  const common = { key, target: targetKey(subject), subject, tags, standIns, attempts };
  if (decision !== undefined) {
    const { outcome, reason, failure, took, known } = decision;
    return { ...common, outcome, reason, failure, took, known, decided: true };
  }
  return { ...common, ...conclude(attempts), known: undefined, decided: false };
};

/** The outcome of a result that the log says nothing about. */
const conclude = (
  attempts: readonly AttemptModel[],
): Pick<ResultModel, 'outcome' | 'reason' | 'failure' | 'took'> => {
  const last = attempts.at(-1);
  const outcome: Outcome = last === undefined ? 'notrun' : 'interrupted';
  const took = attempts.reduce((sum, { phases: p }) => sum + p.provision + p.boot + p.run + p.teardown, 0);
  if (last === undefined) return { outcome, reason: notStartedReason, failure: undefined, took };
  const reason = last.unfinished ? unfinishedReason : undecidedReason;
  return { outcome, reason, failure: last.failure, took };
};

/** The whole fold at once. */
export const foldRun = (events: Iterable<RunEvent>): RunModel => {
  const fold = new RunFold();
  for (const event of events) fold.event(event);
  return fold.model();
};
