import { type EventBody, eventVersion, type PhaseTimes, type RunEvent } from '../../src/core/event.ts';
import type { Failure } from '../../src/core/failure.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import { failureSignature } from '../../src/core/signature.ts';
import type { Target } from '../../src/core/target.ts';

/** Start of every fixture run. */
export const fixtureStart = Date.parse('2026-11-20T18:00:00.000Z');

export const referenceTarget: Target = {
  platform: 'qemu',
  arch: 'amd64',
  channel: 'reference',
  image: {
    name: 'reference',
    kind: 'reference',
    digest: `sha256:${'ab'.repeat(32)}`,
    version: '4459.0.0+reference',
    notice:
      'This is the reference guest and not Flatcar: nothing here says anything about a Flatcar release.',
  },
};

export const flatcarTarget: Target = {
  platform: 'aws',
  arch: 'arm64',
  channel: 'beta',
  image: { name: 'flatcar', kind: 'flatcar', digest: `sha256:${'cd'.repeat(32)}`, version: '4459.1.0' },
};

export const failureOf = (
  kind: Failure['kind'],
  message: string,
  more: Partial<Omit<Failure, 'kind' | 'message'>> = {},
): Failure => {
  const code = more.code ?? 'check-broken';
  return { kind, code, message, signature: failureSignature(code, message), evidence: [], ...more };
};

export interface AttemptFixture {
  readonly outcome: Outcome;
  readonly failure?: Failure;
  readonly reason?: string;
  /** Roles; default one machine. */
  readonly machines?: readonly string[];
  /** Ids; a broken one begins with `!`. */
  readonly checks?: readonly string[];
  readonly subtests?: readonly {
    readonly name: string;
    readonly outcome: Outcome;
    readonly reason?: string;
    readonly failure?: Failure;
  }[];
  readonly rules?: readonly { readonly rule: string; readonly line: number; readonly text: string }[];
  /** Milliseconds; default 1 s, 20 s, 5 s, 1 s. */
  readonly phases?: PhaseTimes;
}

export interface ScenarioFixture {
  readonly name: string;
  readonly target?: Target;
  readonly copy?: number;
  readonly tags?: readonly string[];
  readonly standIns?: readonly string[];
  readonly attempts?: readonly AttemptFixture[];
  /** Default: of the last attempt. */
  readonly outcome?: Outcome;
  readonly reason?: string;
  readonly failure?: Failure;
}

const defaultPhases: PhaseTimes = { provision: 1000, boot: 20_000, run: 5000, teardown: 1000 };

/** Leaves out what is not there, as the schema takes no `undefined`. */
const present = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

/** Builds the events of a run, one scenario after another in as many lanes as there are slots. */
export class EventLog {
  readonly events: RunEvent[] = [];
  private readonly slots: number[];
  private readonly run: string;
  private attempts = 0;
  private readonly pending: { at: number; order: number; body: EventBody }[] = [];
  private readonly scenarios: readonly ScenarioFixture[];
  private readonly targets: readonly Target[];

  constructor(
    scenarios: readonly ScenarioFixture[],
    options: { readonly targets?: readonly Target[]; readonly slots?: number; readonly run?: string } = {},
  ) {
    this.scenarios = scenarios;
    this.targets = options.targets ?? [referenceTarget];
    this.run = options.run ?? 'rabc2345';
    this.slots = Array.from({ length: options.slots ?? 2 }, () => 500);
  }

  private at(at: number, body: EventBody): void {
    this.pending.push({ at, order: this.pending.length, body });
  }

  private begin(unselected: Extract<EventBody, { type: 'plan.decided' }>['unselected']): void {
    this.at(0, {
      type: 'run.started',
      kola: '0.1.0',
      command: ['kola', 'run', '--platform=qemu'],
      seed: 42,
      slots: this.slots.length,
      host: { cpus: 2, memoryMiB: 24_000, node: 'v24.0.0' },
      targets: [...this.targets],
    });
    this.at(100, {
      type: 'plan.decided',
      selected: this.scenarios.map(scenario => ({
        ...this.subject(scenario),
        machines: scenario.attempts?.[0]?.machines?.length ?? 1,
        tags: [...(scenario.tags ?? [])],
        ...present('standIns', scenario.standIns === undefined ? undefined : [...scenario.standIns]),
      })),
      unselected,
    });
  }

  private subject({ name, target = this.targets[0] as Target, copy = 1 }: ScenarioFixture) {
    return { ...target, scenario: name, copy };
  }

  /** Writes the whole run. `until` (ms after the start) cuts the log, as a killed process does. */
  write(
    options: {
      readonly until?: number;
      readonly exitCode?: number;
      readonly verdict?: string;
      readonly leaked?: readonly string[];
      readonly unselected?: Extract<EventBody, { type: 'plan.decided' }>['unselected'];
    } = {},
  ): RunEvent[] {
    this.begin(options.unselected ?? []);
    for (const scenario of this.scenarios) this.scenario(scenario);
    const took = Math.max(...this.slots) + 500;
    const counts: Partial<Record<Outcome, number>> = {};
    for (const { body } of this.pending)
      if (body.type === 'result.decided') counts[body.outcome] = (counts[body.outcome] ?? 0) + 1;
    this.at(took, {
      type: 'run.ended',
      exitCode: options.exitCode ?? 0,
      verdict: options.verdict ?? 'PASS: all scenarios passed',
      counts,
      leaked: [...(options.leaked ?? [])],
      took,
    });
    const limit = options.until ?? Number.POSITIVE_INFINITY;
    this.pending.sort((a, b) => a.at - b.at || a.order - b.order);
    for (const { at, body } of this.pending) {
      if (at > limit) break;
      const time = new Date(fixtureStart + at).toISOString();
      this.events.push({ v: eventVersion, run: this.run, seq: this.events.length + 1, time, ...body });
    }
    return this.events;
  }

  private scenario(scenario: ScenarioFixture): void {
    const slot = this.slots.indexOf(Math.min(...this.slots));
    const start = this.slots[slot] ?? 0;
    let at = start;
    const ids: string[] = [];
    for (const attempt of scenario.attempts ?? []) {
      const id = `a${++this.attempts}`;
      at = this.attempt(scenario, attempt, id, ids, at);
      ids.push(id);
    }
    this.slots[slot] = at;
    const last = scenario.attempts?.at(-1);
    this.at(at, {
      type: 'result.decided',
      subject: this.subject(scenario),
      outcome: scenario.outcome ?? last?.outcome ?? 'notrun',
      ...present('reason', scenario.reason ?? last?.reason),
      ...present('failure', scenario.failure ?? last?.failure),
      attempts: ids,
      took: at - start,
    });
  }

  private attempt(
    scenario: ScenarioFixture,
    attempt: AttemptFixture,
    id: string,
    before: readonly string[],
    start: number,
  ): number {
    const subject = this.subject(scenario);
    const phases = attempt.phases ?? defaultPhases;
    const number = before.length + 1;
    const booted = start + phases.provision + phases.boot;
    const ran = booted + phases.run;
    const end = ran + phases.teardown;
    this.at(start, {
      type: 'attempt.started',
      attempt: id,
      subject,
      number,
      ...present('retryOf', before.at(-1)),
    });
    const roles = attempt.machines ?? ['machine'];
    for (const [index, role] of roles.entries()) {
      const machine = `${id}m${index + 1}`;
      const folder = `${subject.platform}/${subject.arch}/${subject.scenario}/${number}/${machine}`;
      const phase = (at: number, name: MachinePhase, more: Partial<MachinePhaseBody> = {}): void =>
        this.at(at, { type: 'machine.phase', attempt: id, machine, role, phase: name, ...more });
      phase(start, 'provisioning', { detail: { folder, console: true } });
      phase(start + phases.provision, 'booting', { detail: { platformId: `pid-${index + 1000}` } });
      phase(booted - 10, 'connected');
      phase(booted, 'ready', { detail: { userDataForm: 'ignition 3.3.0' } });
      phase(ran, 'destroying');
      phase(end, 'destroyed');
    }
    this.inside(attempt, id, booted);
    const checks = attempt.checks ?? ['it-works'];
    this.at(end, {
      type: 'attempt.ended',
      attempt: id,
      subject,
      number,
      outcome: attempt.outcome,
      ...present('reason', attempt.reason),
      ...present('failure', attempt.failure),
      checks: {
        held: checks.filter(check => !check.startsWith('!')).length,
        broken: checks.filter(check => check.startsWith('!')).length,
      },
      phases,
    });
    return end;
  }

  private inside(attempt: AttemptFixture, id: string, at: number): void {
    for (const { rule, line, text } of attempt.rules ?? [])
      this.at(at, { type: 'rule.hit', attempt: id, machine: `${id}m1`, rule, source: 'console', line, text });
    for (const { name, outcome, reason, failure } of attempt.subtests ?? []) {
      this.at(at, { type: 'subtest.started', attempt: id, subtest: name });
      this.at(at + 100, {
        type: 'subtest.ended',
        attempt: id,
        subtest: name,
        outcome,
        ...present('reason', reason),
        ...present('failure', failure),
        took: 100,
      });
    }
    for (const check of attempt.checks ?? ['it-works']) {
      const held = !check.startsWith('!');
      this.at(at + 200, {
        type: 'check.ended',
        attempt: id,
        check: check.replace(/^!/, ''),
        held,
        ...present('message', held ? undefined : 'expected enabled, found disabled'),
        took: 40,
      });
    }
  }
}

type MachinePhaseBody = Extract<EventBody, { type: 'machine.phase' }>;
type MachinePhase = MachinePhaseBody['phase'];
