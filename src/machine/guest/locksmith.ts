import { ProductError } from '../../core/errors.ts';

/** A lock of which so many machines may hold a part at once. */
export interface LockState {
  readonly available: number;
  readonly max: number;
}

/** The first two lines of `locksmithctl status`. */
export const lockStatus = (text: string): LockState => {
  const [, available, max] = /^Available: (\d+)\nMax: (\d+)$/m.exec(text) ?? [];
  if (available === undefined || max === undefined)
    throw new ProductError(
      'lock-status',
      `expected Available and Max from locksmithctl status, found: ${text}`,
    );
  return { available: Number(available), max: Number(max) };
};
