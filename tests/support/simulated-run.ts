import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InterruptedError } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/core/event.ts';
import { runEventSchema } from '../../src/core/event.ts';
import type { Scenario } from '../../src/core/scenario.ts';
import type { RunRequest, RunSummary } from '../../src/run/request.ts';
import { executeRun } from '../../src/run/run.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { type Behaviour, SimulatedPlatform, simulatedImage } from './simulated-platform.ts';

export interface SimulatedResult {
  readonly summary: RunSummary;
  readonly events: readonly RunEvent[];
  readonly platform: SimulatedPlatform;
  /** Milliseconds of virtual time. */
  readonly took: number;
  /** Outcome per scenario. */
  readonly outcomes: Readonly<Record<string, string>>;
}

export interface SimulationOptions {
  readonly scenarios: readonly Scenario[];
  readonly behaviour?: Behaviour;
  readonly request?: Partial<RunRequest>;
  /** Milliseconds of virtual time after which the run is interrupted. */
  readonly interruptAfter?: number;
}

/** The engine forces its log to disk; what a disk costs is not what these tests are about. */
const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Runs the real engine on simulated machines in virtual time; checks every event against the schema. */
export const simulate = async (options: SimulationOptions): Promise<SimulatedResult> => {
  const folder = mkdtempSync(join(memory, 'kola-sim-'));
  const clock = new SimulatedClock();
  const platform = new SimulatedPlatform(clock, options.behaviour);
  const stop = new AbortController();
  if (options.interruptAfter !== undefined)
    void clock.sleep(options.interruptAfter).then(() => stop.abort(new InterruptedError()));
  let id = 0;
  try {
    const summary = await executeRun({
      targets: [
        {
          platform: platform.definition(),
          arch: 'amd64',
          image: simulatedImage,
          channel: 'stable',
          options: {},
        },
      ],
      scenarios: options.scenarios,
      selection: { patterns: [], tags: [], multiply: 1 },
      parallel: 4,
      retries: { infrastructure: 1, product: 0 },
      deadlines: { provision: 120_000, boot: 300_000, teardown: 60_000 },
      failFast: false,
      keep: false,
      seed: 1,
      outputDir: join(folder, 'run'),
      stateRoot: join(folder, 'state'),
      command: ['kola', 'run'],
      reporters: [],
      extraKeys: [],
      ports: platform.ports(),
      probes: { reach: async need => ({ reachable: false, reason: `${need} is not simulated` }) },
      clock,
      ids: {
        next: () => {
          id += 1;
          return `id${id}`;
        },
      },
      signal: stop.signal,
      ...options.request,
    });
    const events = readFileSync(join(folder, 'run', 'events.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => runEventSchema.parse(JSON.parse(line)));
    const outcomes = Object.fromEntries(
      events.flatMap(event =>
        event.type === 'result.decided' ? [[event.subject.scenario, event.outcome]] : [],
      ),
    );
    return { summary, events, platform, took: clock.monotonic(), outcomes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
