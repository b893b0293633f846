import { type KolaError, ScenarioError } from '../core/errors.ts';
import type { Machine } from '../core/machine.ts';
import type { GuestSabotage, Sabotage } from '../core/sabotage.ts';
import type { UserData } from '../core/user-data.ts';
import { canonicalJson } from '../machine/user-data/digest.ts';
import { blameBody } from './blame.ts';

/** Code of errors that say the fault could not be made: such a failure proves nothing. */
export const sabotageFailed = 'sabotage-failed';

export const harms = ({ role }: Sabotage, of: string): boolean => role === undefined || role === of;

/** The user-data of a machine with the fault in it. Throws when it cannot be edited, or the edit changes nothing. */
export const harmUserData = (sabotage: Sabotage, role: string, own: UserData): UserData => {
  if (sabotage.kind !== 'userData' || !harms(sabotage, role)) return own;
  if (own.kind !== 'ignition' && own.kind !== 'default')
    throw notDone(`user-data of the kind ${own.kind} cannot be edited; harm the guest instead`);
  const config = own.kind === 'ignition' ? own.config : {};
  const edited = sabotage.edit(config);
  if (canonicalJson(edited) === canonicalJson(config))
    throw notDone('its edit leaves the user-data as it was');
  return own.kind === 'ignition' ? { ...own, config: edited } : { kind: 'ignition', config: edited };
};

/** Does the harm to a machine that is ready. */
export const harmGuest = async (
  { commands, reboot }: GuestSabotage,
  machine: Machine,
  signal: AbortSignal,
): Promise<void> => {
  try {
    for (const command of commands) await machine.run(command, { signal });
    if (reboot === true) await machine.reboot();
  } catch (thrown) {
    signal.throwIfAborted();
    const error = blameBody(thrown);
    throw error.kind === 'product' ? notDone(error.message, error) : error;
  }
};

const notDone = (problem: string, cause?: KolaError): ScenarioError =>
  new ScenarioError(sabotageFailed, `the sabotage could not be done: ${problem}`, {
    ...(cause === undefined ? {} : { evidence: cause.evidence, cause }),
  });
