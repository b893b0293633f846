import type { EventOf, RunEvent } from '../../core/event.ts';
import { plannedName } from '../../core/history.ts';
import { type Subject, type Target, targetKey } from '../../core/target.ts';
import type { Database } from '../schema.ts';
import type { FoldedRun, ImportMarks } from './folded.ts';
import type { EventLog } from './read-log.ts';
import { countOutcomes, planRow } from './target-rows.ts';

type Attempt = Database['attempts'];
type Machine = Database['machines'];

interface OpenTarget {
  readonly ordinal: number;
  readonly target: Target;
  readonly planned: Set<string>;
  readonly unselected: { scenario: string; code: string; text: string }[];
  /** By scenario and copy. */
  readonly results: Map<string, Database['results']>;
}

/** Folds a run's events into rows. Unfinished things stay as far as they went. */
export const foldLog = (log: EventLog, source: string, marks: ImportMarks = {}): FoldedRun => {
  const fold = new Fold(log.run);
  for (const event of log.events) fold.apply(event);
  const { contentHash, bytes, warnings } = log;
  return { ...fold.rows(source, marks), contentHash, log: bytes, warnings };
};

class Fold {
  readonly #run: string;
  readonly #targets = new Map<string, OpenTarget>();
  readonly #attempts = new Map<string, Attempt>();
  readonly #machines = new Map<string, Machine>();
  readonly #subtests = new Map<string, Database['subtests']>();
  /** Whose a machine is, by its key. */
  readonly #machineTargets = new Map<string, number>();
  #last: OpenTarget | undefined;
  #startedAt = 0;
  #lastEventAt = 0;
  #lastSeq = 0;
  #end: EventOf<'run.ended'> | undefined;

  constructor(run: string) {
    this.#run = run;
  }

  apply(event: RunEvent): void {
    const at = Date.parse(event.time);
    this.#startedAt ||= at;
    this.#lastEventAt = Math.max(this.#lastEventAt, at);
    this.#lastSeq = event.seq;
    switch (event.type) {
      case 'run.started':
        // A resumed run starts again: it has not ended any more.
        this.#end = undefined;
        for (const target of event.targets) this.#target(target);
        return;
      case 'plan.decided':
        this.#plan(event);
        return;
      case 'attempt.started':
        if (event.sabotage === undefined) this.#attemptStarted(event, at);
        return;
      case 'machine.phase':
        this.#machinePhase(event, at);
        return;
      case 'shared.phase':
        this.#sharedPhase(event, at);
        return;
      case 'subtest.ended':
        this.#subtestEnded(event);
        return;
      case 'rule.hit':
        this.#ruleHit(event);
        return;
      case 'attempt.ended':
        if (event.sabotage === undefined) this.#attemptEnded(event, at);
        return;
      case 'result.decided':
        this.#resultDecided(event, at);
        return;
      case 'run.ended':
        this.#end = event;
        return;
      default:
        // Checks, sub-test starts and log lines stay in the run folder: the history keeps what is compared later.
        return;
    }
  }

  #target(target: Target): OpenTarget {
    // Nearly always the one that the event before was about.
    const last = this.#last?.target;
    if (
      last?.platform !== target.platform ||
      last.arch !== target.arch ||
      last.channel !== target.channel ||
      last.variant !== target.variant
    ) {
      this.#last = this.#targets.get(targetKey(target)) ?? this.#open(target);
    }
    return this.#last ?? this.#open(target);
  }

  #open(target: Target): OpenTarget {
    const opened = {
      ordinal: this.#targets.size,
      target,
      planned: new Set<string>(),
      unselected: [],
      results: new Map(),
    };
    this.#targets.set(targetKey(target), opened);
    return opened;
  }

  #plan(event: EventOf<'plan.decided'>): void {
    for (const selected of event.selected) {
      this.#target(selected).planned.add(plannedName(selected.scenario, selected.copy));
    }
    for (const { scenario, reason, ...target } of event.unselected) {
      this.#target(target).unselected.push({ scenario, code: reason.code, text: reason.text });
    }
  }

  #attemptStarted(event: EventOf<'attempt.started'>, at: number): void {
    this.#attempts.set(event.attempt, this.#attempt(event, at));
  }

  #attempt(event: { attempt: string; subject: Subject; number: number }, at: number): Attempt {
    return {
      run: this.#run,
      attempt: event.attempt,
      target: this.#target(event.subject).ordinal,
      scenario: event.subject.scenario,
      copy: event.subject.copy,
      number: event.number,
      outcome: null,
      cause: null,
      signature: null,
      message: null,
      rule: null,
      started_at: at,
      ended_at: null,
      provision: 0,
      boot: 0,
      body: 0,
      teardown: 0,
      evidence: null,
    };
  }

  #machinePhase(event: EventOf<'machine.phase'>, at: number): void {
    const { attempt } = event;
    this.#enterPhase(event, attempt, at);
    if (isShared(event.phase)) return;
    const target = this.#attempts.get(attempt)?.target;
    if (target !== undefined) this.#machineTargets.set(`${attempt}/${event.machine}`, target);
  }

  /** A machine that belongs to no attempt; its first phase says for whom it is. */
  #sharedPhase(event: EventOf<'shared.phase'>, at: number): void {
    this.#enterPhase({ ...event, role: 'shared' }, '', at);
    const [subject] = event.subjects ?? [];
    if (subject !== undefined) this.#machineTargets.set(`/${event.machine}`, this.#target(subject).ordinal);
  }

  #enterPhase(
    event: Pick<EventOf<'machine.phase'>, 'machine' | 'role' | 'phase' | 'detail'>,
    attempt: string,
    at: number,
  ): void {
    const key = `${attempt}/${event.machine}`;
    const machine = this.#machines.get(key) ?? {
      run: this.#run,
      attempt,
      machine: event.machine,
      role: event.role,
      phase: event.phase,
      provisioning_at: at,
      booting_at: null,
      ready_at: null,
      ended_at: null,
      platform_id: null,
      folder: null,
    };
    machine.phase = event.phase;
    if (event.phase === 'booting') machine.booting_at ??= at;
    if (event.phase === 'ready') machine.ready_at ??= at;
    if (isEnd(event.phase)) machine.ended_at = at;
    machine.platform_id = event.detail?.platformId ?? machine.platform_id;
    machine.folder = event.detail?.folder ?? machine.folder;
    this.#machines.set(key, machine);
  }

  #subtestEnded(event: EventOf<'subtest.ended'>): void {
    this.#subtests.set(`${event.attempt}/${event.subtest}`, {
      run: this.#run,
      attempt: event.attempt,
      subtest: event.subtest,
      outcome: event.outcome,
      took: Math.round(event.took),
      message: firstLine(event.failure?.message ?? event.reason),
      signature: event.failure?.signature ?? null,
    });
  }

  #ruleHit(event: EventOf<'rule.hit'>): void {
    const attempt = this.#attempts.get(event.attempt);
    if (attempt !== undefined && event.excused === undefined) attempt.rule ??= event.rule;
  }

  #attemptEnded(event: EventOf<'attempt.ended'>, at: number): void {
    const attempt = this.#attempts.get(event.attempt) ?? this.#attempt(event, at);
    this.#attempts.set(event.attempt, attempt);
    attempt.outcome = event.outcome;
    attempt.cause = event.failure?.kind ?? null;
    attempt.signature = event.failure?.signature ?? null;
    attempt.message = firstLine(event.failure?.message ?? event.reason);
    attempt.ended_at = at;
    attempt.provision = Math.round(event.phases.provision);
    attempt.boot = Math.round(event.phases.boot);
    attempt.body = Math.round(event.phases.run);
    attempt.teardown = Math.round(event.phases.teardown);
    const evidence = event.failure?.evidence ?? [];
    attempt.evidence = evidence.length === 0 ? null : JSON.stringify(evidence);
  }

  #resultDecided(event: EventOf<'result.decided'>, at: number): void {
    const target = this.#target(event.subject);
    const { scenario, copy } = event.subject;
    const attempts = event.attempts
      .map(id => this.#attempts.get(id))
      .filter(attempt => attempt !== undefined);
    const failing = attempts.findLast(attempt => attempt.outcome !== 'passed');
    target.planned.add(plannedName(scenario, copy));
    target.results.set(plannedName(scenario, copy), {
      run: this.#run,
      target: target.ordinal,
      scenario,
      copy,
      outcome: event.outcome,
      cause: event.failure?.kind ?? failing?.cause ?? null,
      code: event.failure?.code ?? null,
      signature: event.failure?.signature ?? failing?.signature ?? null,
      message: firstLine(event.failure?.message ?? event.reason) ?? failing?.message ?? null,
      rule: failing?.rule ?? null,
      attempts: event.attempts.length,
      decided_at: at,
      took: Math.round(event.took),
      boot: attempts.at(-1)?.boot || null,
    });
  }

  rows(source: string, marks: ImportMarks): Omit<FoldedRun, 'contentHash' | 'warnings'> {
    const targets = [...this.#targets.values()];
    const plans = targets.map(target => planRow(target.planned, target.unselected));
    return {
      run: {
        run: this.#run,
        format: 'kola',
        provenance: 'run',
        synthetic: marks.synthetic === true ? 1 : 0,
        policy: marks.policy ?? null,
        embargoed: marks.embargoed === true ? 1 : 0,
        started_at: this.#startedAt,
        last_event_at: this.#lastEventAt,
        ended: this.#end === undefined ? 0 : 1,
        exit_code: this.#end?.exitCode ?? null,
        verdict: this.#end?.verdict ?? null,
        last_seq: this.#lastSeq,
        source,
      },
      targets: targets.map((opened, index) => this.#targetRow(opened, plans[index]?.hash ?? '')),
      plans,
      results: targets.flatMap(target => [...target.results.values()]),
      attempts: inOrder(this.#attempts),
      subtests: inOrder(this.#subtests),
      machines: inOrder(this.#machines),
    };
  }

  #machineTime(target: number): number {
    let sum = 0;
    for (const [key, owner] of this.#machineTargets) {
      const machine = owner === target ? this.#machines.get(key) : undefined;
      if (machine !== undefined) sum += (machine.ended_at ?? this.#lastEventAt) - machine.provisioning_at;
    }
    return sum;
  }

  #targetRow(opened: OpenTarget, plan: string): Database['targets'] {
    const { image, ...target } = opened.target;
    return {
      run: this.#run,
      target: opened.ordinal,
      platform: target.platform,
      arch: target.arch,
      variant: target.variant ?? '',
      channel: target.channel,
      version: image.version,
      digest: image.digest,
      kind: image.kind,
      image: image.name,
      notice: image.notice ?? null,
      plan,
      started_at: this.#startedAt,
      planned: opened.planned.size,
      machine_time: this.#machineTime(opened.ordinal),
      ...countOutcomes([...opened.results.values()]),
    };
  }
}

type MachinePhase = EventOf<'machine.phase'>['phase'];
const isShared = (phase: MachinePhase): boolean => phase === 'shared' || phase === 'released';
const isEnd = (phase: MachinePhase): boolean =>
  phase === 'destroyed' || phase === 'lost' || phase === 'released' || phase === 'frozen';

/** In the order of their keys, which is the one that databases write fastest. */
const inOrder = <Row>(rows: ReadonlyMap<string, Row>): Row[] =>
  [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);

const firstLine = (text: string | undefined): string | null => text?.split('\n', 1)[0]?.slice(0, 500) ?? null;
