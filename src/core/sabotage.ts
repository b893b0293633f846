import type { IgnitionConfig } from './ignition.ts';

/** How a sabotaged scenario has to fail. At least one of both is given. */
export interface StatedFailure {
  /** Id of the check that breaks; `sub-test/check` for one of a sub-test. */
  readonly check?: string;
  /** Matches the first line of the failure. */
  readonly says?: RegExp;
}

interface Fault {
  /** The fault in a few words, as the table of `kola prove` shows it: `docker.service is stopped`. */
  readonly fault: string;
  /** Role of the machines that are harmed; absent = all of the attempt. */
  readonly role?: string;
  /** Image capabilities without which the fault cannot be made, or is none: the proof is then blocked. */
  readonly capabilities?: readonly string[];
  readonly fails: StatedFailure;
}

/** Commands that harm a machine when it is ready, before the body runs. */
export interface GuestSabotage extends Fault {
  readonly kind: 'guest';
  /** Run one after another as the login user; each must exit 0. */
  readonly commands: readonly string[];
  /** The machine is rebooted after the commands. */
  readonly reboot?: boolean;
}

/**
 * A change of the user-data, which costs a boot of its own. It adds to what the scenario wrote (a unit, a drop-in,
 * a file, a mask, a kernel argument) and leaves that as it is: a scenario proves nothing by failing on other input.
 */
export interface UserDataSabotage extends Fault {
  readonly kind: 'userData';
  readonly edit: (config: IgnitionConfig) => IgnitionConfig;
}

/**
 * A small fault of the guest under which a scenario must fail, for the stated cause. It harms the guest, never the
 * scenario, the harness or the scenario's own fixture, and does not write the text that the check looks for.
 */
export type Sabotage = GuestSabotage | UserDataSabotage;

/** What is wrong with a declaration; undefined when nothing is. */
export const sabotageProblem = (sabotage: Sabotage): string | undefined => {
  if (sabotage.fault.trim() === '') return 'its sabotage does not say what the fault is';
  if (sabotage.fails.check === undefined && sabotage.fails.says === undefined)
    return 'its sabotage states neither the check that fails nor what the failure says';
  if (sabotage.kind === 'guest' && sabotage.commands.every(command => command.trim() === ''))
    return 'its sabotage has no command';
  return undefined;
};

/** The stated failure as the table and the event log write it. */
export const statedFailure = ({ check, says }: StatedFailure): string =>
  [...(check === undefined ? [] : [check]), ...(says === undefined ? [] : [String(says)])].join(' ');
