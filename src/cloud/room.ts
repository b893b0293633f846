import { CapacityError } from '../core/errors.ts';
import type { MachineSpec } from '../core/platform.ts';

/** What a flight's machines are. */
export interface Types {
  /** Of the errors: `aws-size`. */
  readonly code: string;
  readonly names: readonly string[];
  /** Of the smallest of them. */
  readonly memoryMiB: number;
  /** The flag that names others. */
  readonly flag: string;
}

/** Throws when a machine needs more memory than its type has: nothing was created yet. */
export const checkRoom = ({ role, size }: MachineSpec, { code, names, memoryMiB, flag }: Types): void => {
  if (size.memoryMiB <= memoryMiB) return;
  throw new CapacityError(
    code,
    `${role} needs ${size.memoryMiB} MiB of memory, ${names.join(', ')} has ${memoryMiB} MiB`,
    { hint: `give a larger ${flag}` },
  );
};
