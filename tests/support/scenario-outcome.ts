import { BlockedError, SkippedError } from '../../src/core/errors.ts';
import type { ImageManifest } from '../../src/core/image.ts';
import type { Scenario, ScenarioInputs } from '../../src/core/scenario.ts';
import type { Services } from '../../src/core/services.ts';
import type { Arch } from '../../src/core/target.ts';
import type { UserData } from '../../src/core/user-data.ts';
import { fakeContext } from './fake-context.ts';
import { type FakeMachine, type FakeMachineOptions, fakeMachine, type Script } from './fake-machine.ts';

export interface OutcomeOptions extends FakeMachineOptions {
  /** Answers of machines with these roles; others give the common ones. */
  readonly roles?: Readonly<Record<string, Script>>;
  readonly image?: Partial<ImageManifest>;
  readonly services?: Partial<Services>;
  readonly arch?: Arch;
  readonly inputs?: ScenarioInputs;
  readonly updatePayload?: string;
  /** Only this sub-test runs. */
  readonly subtest?: string;
  /** Sees the user-data of machines that the body makes. */
  readonly onProvision?: (role: string, userData: UserData | undefined) => void;
}

/**
 * What becomes of a scenario whose machines answer like this: `held N` checks, the message of what failed, or
 * `skipped: …` and `blocked: …`.
 */
export const outcome = async (
  scenario: Scenario,
  script: Script,
  options: OutcomeOptions = {},
): Promise<string> => {
  const make = (role: string): FakeMachine =>
    fakeMachine([...(options.roles?.[role] ?? []), ...script], { ...options, role });
  const context = fakeContext({
    ...options,
    machines: scenario.machines.map(({ role }) => make(role)),
    provision: (role, userData) => {
      options.onProvision?.(role, userData);
      return make(role);
    },
  });
  try {
    if (options.subtest === undefined) await scenario.run?.(context);
    else await scenario.subtests?.find(({ name }) => name === options.subtest)?.run(context);
    return `held ${context.held.length}`;
  } catch (error) {
    if (error instanceof SkippedError) return `skipped: ${error.message}`;
    if (error instanceof BlockedError) return `blocked: ${error.message}`;
    return error instanceof Error ? error.message : String(error);
  }
};

/** The same answers with others in front. */
export const but = (script: Script, ...changes: Script): Script => [...changes, ...script];

/** Answers one after the other; the last one stays. */
export const inTurn = (...answers: readonly string[]): (() => string) => {
  let next = 0;
  return () => {
    const answer = answers[Math.min(next, answers.length - 1)] ?? '';
    next += 1;
    return answer;
  };
};
