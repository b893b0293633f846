import { BlockedError, ProductError, ScenarioError, SkippedError } from '../core/errors.ts';
import type { Machine } from '../core/machine.ts';
import { poll } from '../core/poll.ts';
import type { ScenarioContext } from '../core/scenario.ts';
import type { Services } from '../core/services.ts';
import type { UserData } from '../core/user-data.ts';
import type { AttemptRequest } from './attempt-request.ts';
import { type CheckRecorder, differs, mismatches } from './checks.ts';
import { runSubtest, type SubtestResults } from './subtests.ts';

export interface ContextOptions {
  readonly request: AttemptRequest;
  readonly checks: CheckRecorder;
  readonly results: SubtestResults;
  readonly machines: () => readonly Machine[];
  readonly provision: (role: string, userData: UserData | undefined) => Promise<Machine>;
  readonly destroy: (machine: Machine) => Promise<void>;
  readonly services: Services;
  /** Told of every wait that came to its end: milliseconds. */
  readonly onWaited?: (took: number) => void;
  readonly signal: AbortSignal;
  /** Name of the sub-test that the context is for. */
  readonly subtest?: string;
}

/** Milliseconds on real hardware that `eventually` waits when the scenario does not say. */
const defaultWait = 60_000;

/** The `t` that the body of a scenario is given. */
export const createContext = (options: ContextOptions): ScenarioContext => {
  const { request, checks, machines, signal, subtest } = options;
  const { services, scenario, subject, id } = request;
  const context: ScenarioContext = {
    get machine() {
      return first(machines(), scenario.name);
    },
    get machines() {
      return machines();
    },
    image: services.request.image.manifest,
    updatePayload: services.request.image.updatePayload,
    arch: subject.arch,
    platform: subject.platform,
    services: options.services,
    inputs: services.inputs,
    signal,
    on: role => withRole(machines(), role, scenario.name),
    check: (check, body) => checks.run(check, subtest, body),
    equal: (check, actual, expected, what) => checks.decide(check, subtest, differs(actual, expected, what)),
    match: (check, actual, pattern, what) => checks.decide(check, subtest, mismatches(actual, pattern, what)),
    ok: (check, holds, otherwise) => checks.decide(check, subtest, holds ? undefined : otherwise),
    fail: message => {
      throw new ProductError('scenario-failed', message);
    },
    skip: reason => {
      throw new SkippedError(reason);
    },
    block: reason => {
      throw new BlockedError(reason);
    },
    eventually: async (what, probe, wait = {}) => {
      const start = services.clock.monotonic();
      const until = (wait.until ?? defaultWait) * services.flight.slowdown;
      const value = await poll(
        {
          what,
          every: wait.every ?? 1000,
          until: Math.min(until, request.patience ?? until),
          signal,
          clock: services.clock,
        },
        async () => {
          const value = await probe();
          return value === undefined ? { pending: '' } : { done: value };
        },
      );
      options.onWaited?.(services.clock.monotonic() - start);
      return value;
    },
    log: text => services.log.emit({ type: 'log', level: 'info', text, attempt: id }),
    provision: options.provision,
    destroy: options.destroy,
    subtest: (name, body) =>
      runSubtest(
        { name, run: body },
        {
          request,
          results: options.results,
          context: own => createContext({ ...options, subtest: own }),
          signal,
        },
      ),
  };
  return context;
};

const first = (machines: readonly Machine[], scenario: string): Machine => {
  const machine = machines[0];
  if (machine === undefined)
    throw new ScenarioError('no-machine', `${scenario} has no machine yet; provision one first`);
  return machine;
};

const withRole = (machines: readonly Machine[], role: string, scenario: string): Machine => {
  const machine = machines.find(candidate => candidate.role === role);
  if (machine === undefined)
    throw new ScenarioError(
      'no-such-role',
      `${scenario} has no machine with role ${role}, only ${machines.map(({ role }) => role).join(', ')}`,
    );
  return machine;
};
