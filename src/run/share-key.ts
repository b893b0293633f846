import type { Flight } from '../core/platform.ts';
import type { Scenario } from '../core/scenario.ts';
import { canonicalJson } from '../machine/user-data/digest.ts';
import type { MachineKeys } from './ports.ts';
import type { TargetServices } from './services.ts';
import { warmShape } from './warm-pool.ts';

/** The user-data of the one machine of a scenario that shares. */
export const sharedUserData = ({ machines, userData }: Scenario) =>
  machines[0]?.userData ?? userData ?? ({ kind: 'default' } as const);

type Renderer = Pick<TargetServices, 'ports' | 'request' | 'extraKeys'> & {
  readonly flight: Pick<Flight, 'defaultSize' | 'privateAddress'>;
};

/**
 * Equal for scenarios whose machines are interchangeable: what the machine is handed in the end, size, disks, login
 * user, and the judgement of logs. Two scenarios about two versions of Ignition are alike on an image that takes
 * neither. Copies of one scenario (`--multiply`) are there to meet different machines: never equal.
 * Undefined for a scenario that has to have its machine to itself.
 */
export const shareKey = (
  scenario: Scenario,
  copy: number,
  keys: MachineKeys,
  { ports, request, extraKeys, flight }: Renderer,
): string | undefined => {
  if (scenario.share === undefined) return undefined;
  const own = sharedUserData(scenario);
  const { userData: _, ...shape } = warmShape(scenario, own, 0, flight);
  try {
    const { channel, text } = ports.render({
      own,
      manifest: request.image.manifest,
      keys,
      extraKeys,
      user: shape.user,
      allow: scenario.allow,
      privateAddress: flight.privateAddress({ id: '', index: 0 }),
    });
    return canonicalJson({ ...shape, channel, text, copy });
  } catch {
    // It says so itself when its turn comes.
    return undefined;
  }
};
