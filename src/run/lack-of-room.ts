import type { PreflightReport } from '../core/cloud-account.ts';
import { CapacityError } from '../core/errors.ts';

/** Why so many machines cannot be there at once; undefined = they can, as far as anybody knows. */
export const lackOfRoom = (machines: number, room: PreflightReport['room']): CapacityError | undefined =>
  room === undefined || machines <= room.machines
    ? undefined
    : new CapacityError('cloud-quota', `needs ${machines} machines at once, but ${room.why}`, {
        hint: 'wait for other runs, choose another place or smaller machines, or have the quota raised',
      });
