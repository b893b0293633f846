import { isDeepStrictEqual } from 'node:util';
import { BlockedError, ProductError, SkippedError } from '../../src/core/errors.ts';
import type { ImageManifest } from '../../src/core/image.ts';
import type { Machine } from '../../src/core/machine.ts';
import type { ScenarioContext, ScenarioInputs } from '../../src/core/scenario.ts';
import type { Services } from '../../src/core/services.ts';
import type { Arch } from '../../src/core/target.ts';
import type { UserData } from '../../src/core/user-data.ts';
import { manifest } from './manifest.ts';

export interface FakeContext extends ScenarioContext {
  /** Ids of the checks that held. */
  readonly held: readonly string[];
  /** Outcomes of the sub-tests that were made at run time. */
  readonly subtests: Readonly<Record<string, string>>;
}

export interface FakeContextOptions {
  readonly machines: readonly Machine[];
  readonly image?: Partial<ImageManifest>;
  readonly updatePayload?: string;
  readonly provision?: (role: string, userData: UserData | undefined) => Machine;
  readonly services?: Partial<Services>;
  readonly arch?: Arch;
  readonly inputs?: ScenarioInputs;
}

/** Runs the body of a scenario without an engine: a broken check throws a ProductError with its id in front. */
export const fakeContext = (options: FakeContextOptions): FakeContext => {
  const machines = [...options.machines];
  const held: string[] = [];
  const subtests: Record<string, string> = {};
  const decide = (id: string, holds: boolean, problem: string): void => {
    if (!holds) throw new ProductError('check-failed', `${id}: ${problem}`);
    held.push(id);
  };
  const context: FakeContext = {
    held,
    subtests,
    get machine() {
      return machines[0]!;
    },
    machines,
    image: manifest(options.image),
    updatePayload: options.updatePayload,
    arch: options.arch ?? 'amd64',
    platform: 'fake',
    get services(): Services {
      if (options.services === undefined) throw new Error('this test has no services');
      return options.services as Services;
    },
    inputs: options.inputs ?? {},
    signal: new AbortController().signal,
    on: role => machines.find(machine => machine.role === role)!,
    check: async (id, body) => {
      try {
        const value = await body();
        held.push(id);
        return value;
      } catch (error) {
        throw new ProductError('check-failed', `${id}: ${String(error)}`);
      }
    },
    equal: (id, actual, expected, what) =>
      decide(id, isDeepStrictEqual(actual, expected), `${what}: ${JSON.stringify([actual, expected])}`),
    match: (id, actual, pattern) => decide(id, pattern.test(actual), JSON.stringify(actual)),
    ok: (id, holds, otherwise) => decide(id, holds, otherwise),
    fail: message => {
      throw new ProductError('scenario-failed', message);
    },
    skip: reason => {
      throw new SkippedError(reason);
    },
    block: reason => {
      throw new BlockedError(reason);
    },
    // No clock: five tries stand for any length of time.
    eventually: async (what, probe) => {
      for (let tries = 0; tries < 5; tries += 1) {
        const value = await probe();
        if (value !== undefined) return value;
      }
      throw new ProductError('waited-in-vain', `waited for ${what}`);
    },
    log: () => {},
    provision: async (role, userData) => {
      const machine = options.provision?.(role, userData);
      if (machine === undefined) throw new Error(`the test expects no machine ${role}`);
      machines.push(machine);
      return machine;
    },
    destroy: async () => {},
    subtest: async (name, body) => {
      try {
        await body(context);
        subtests[name] = 'passed';
      } catch (error) {
        if (!(error instanceof SkippedError)) throw error;
        subtests[name] = `skipped: ${error.message}`;
      }
    },
  };
  return context;
};
