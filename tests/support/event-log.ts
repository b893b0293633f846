import type { EventBody, RunEvent } from '../../src/core/event.ts';
import type { Failure } from '../../src/core/failure.ts';
import type { CauseKind, Outcome } from '../../src/core/outcome.ts';
import { failureSignature } from '../../src/core/signature.ts';
import type { Subject, Target } from '../../src/core/target.ts';

/** Writes event logs as the engine would, for tests of what reads them. */
export interface ScriptedResult {
  readonly scenario: string;
  readonly outcome?: Outcome;
  readonly cause?: CauseKind;
  readonly message?: string;
  readonly rule?: string;
  readonly attempts?: number;
  readonly took?: number;
  readonly subtests?: readonly string[];
}

export interface ScriptedRun {
  readonly run?: string;
  readonly at?: string;
  readonly target?: Partial<Omit<Target, 'image'>> & { readonly image?: Partial<Target['image']> };
  readonly results: readonly ScriptedResult[];
  /** Planned, but without a result. */
  readonly unfinished?: readonly string[];
  readonly unselected?: readonly string[];
  /** Default true. */
  readonly ended?: boolean;
}

export const digestOf = (letter: string): string => `sha256:${letter.repeat(64).slice(0, 64)}`;

export const scriptedTarget = (options: ScriptedRun['target'] = {}): Target => ({
  platform: 'qemu',
  arch: 'amd64',
  channel: 'stable',
  ...options,
  image: {
    name: 'flatcar',
    kind: 'flatcar',
    digest: digestOf('a'),
    version: '4459.2.1',
    ...options.image,
  },
});

export const scriptedEvents = (script: ScriptedRun): RunEvent[] => {
  const run = script.run ?? 'runaaaaa';
  const start = Date.parse(script.at ?? '2026-11-16T08:00:00.000Z');
  const target = scriptedTarget(script.target);
  const subject = (scenario: string): Subject => ({ ...target, scenario, copy: 1 });
  const bodies: EventBody[] = [
    {
      type: 'run.started',
      kola: '0.1.0',
      command: ['kola', 'run'],
      seed: 1,
      slots: 2,
      host: { cpus: 2, memoryMiB: 2048, node: '24' },
      targets: [target],
    },
    {
      type: 'plan.decided',
      selected: [...script.results.map(result => result.scenario), ...(script.unfinished ?? [])].map(
        scenario => ({ ...subject(scenario), machines: 1, tags: [] }),
      ),
      unselected: (script.unselected ?? []).map(scenario => ({
        ...target,
        scenario,
        reason: { code: 'capability' as const, text: 'needs tpm' },
      })),
    },
    ...script.results.flatMap(result => resultBodies(subject(result.scenario), result)),
    ...(script.unfinished ?? []).map(
      (scenario): EventBody => ({
        type: 'attempt.started',
        attempt: `${scenario}-1`,
        subject: subject(scenario),
        number: 1,
      }),
    ),
  ];
  if (script.ended !== false) {
    bodies.push({ type: 'run.ended', exitCode: 0, verdict: 'done', counts: {}, leaked: [], took: 1000 });
  }
  return bodies.map((body, index) => ({
    v: 1,
    run,
    seq: index + 1,
    time: new Date(start + index * 100).toISOString(),
    ...body,
  })) as RunEvent[];
};

const resultBodies = (subject: Subject, result: ScriptedResult): EventBody[] => {
  const { scenario, outcome = 'passed', attempts = 1, took = 4000 } = result;
  const message = result.message ?? `${scenario} broke`;
  const failure: Failure = {
    kind: result.cause ?? 'product',
    code: 'check',
    message,
    evidence: [],
    signature: failureSignature('check', message),
  };
  const numbers = Array.from({ length: attempts }, (_, index) => index + 1);
  const ids = numbers.map(number => `${scenario}-${number}`);
  return [
    ...numbers.flatMap((number): EventBody[] => {
      const attempt = `${scenario}-${number}`;
      const last = number === attempts;
      const own = last ? (outcome === 'flaky' ? 'passed' : outcome) : 'failed';
      const bad = own === 'failed' || own === 'timedout';
      return [
        { type: 'attempt.started', attempt, subject, number },
        { type: 'machine.phase', attempt, machine: `${attempt}-m`, role: 'machine', phase: 'provisioning' },
        {
          type: 'machine.phase',
          attempt,
          machine: `${attempt}-m`,
          role: 'machine',
          phase: 'ready',
          took: 900,
        },
        ...(result.rule !== undefined && bad
          ? [
              {
                type: 'rule.hit' as const,
                attempt,
                machine: `${attempt}-m`,
                rule: result.rule,
                source: 'console' as const,
                line: 3,
                text: 'Kernel panic',
              },
            ]
          : []),
        ...(result.subtests ?? []).map(
          (subtest): EventBody => ({ type: 'subtest.ended', attempt, subtest, outcome: 'passed', took: 5 }),
        ),
        { type: 'machine.phase', attempt, machine: `${attempt}-m`, role: 'machine', phase: 'destroyed' },
        {
          type: 'attempt.ended',
          attempt,
          subject,
          number,
          outcome: own,
          checks: { held: 1, broken: bad ? 1 : 0 },
          phases: { provision: 100, boot: 900, run: took, teardown: 50 },
          ...(bad ? { failure } : {}),
        },
      ];
    }),
    {
      type: 'result.decided',
      subject,
      outcome,
      attempts: ids,
      took: took * attempts,
      ...(outcome === 'failed' || outcome === 'timedout' ? { failure } : {}),
    },
  ];
};

export const asNdjson = (events: readonly RunEvent[]): Buffer =>
  Buffer.from(events.map(event => `${JSON.stringify(event)}\n`).join(''));
