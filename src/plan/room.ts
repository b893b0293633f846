import type { Capacity, Demand } from './pack.ts';

export interface Room {
  /** Scenarios' machines that run at once. */
  readonly slots: number;
  /** What exists at once, machines that boot or go among it. */
  readonly capacity: Capacity;
}

/**
 * How many machines there may be. A number that somebody asked for is kept to the letter, and so is a limit of the platform;
 * where kola chooses the slots itself, some more machines may boot or go beside them.
 */
export const roomFor = (
  wanted: number,
  asked: boolean,
  hard: { readonly machines: number } & Pick<Demand, 'memoryMiB' | 'vcpus'>,
): Room => {
  const slots = Math.max(1, Math.min(wanted, hard.machines));
  const beside = asked ? 0 : Math.max(1, Math.floor(slots / 4));
  return { slots, capacity: { ...hard, machines: Math.max(slots, Math.min(slots + beside, hard.machines)) } };
};
