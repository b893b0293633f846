import type { Clock } from '../core/clock.ts';
import type { ApiCalls } from './calls.ts';
import { faultOf } from './fault.ts';
import type { Doomed } from './kinds.ts';

export interface DeletionLimits {
  /** Milliseconds. */
  readonly every: number;
  readonly until: number;
  /** See {@link unsureAbout}; default: "not found" is believed at once. */
  readonly unsure?: () => boolean;
}

/**
 * Deletes until it is gone: "not found" means that, and what something else still needs is asked for again. `remove`
 * resolves to what is still to be waited for, where resources go by and by: then it is called until it is not found.
 */
export const deleteFully = (
  calls: ApiCalls,
  what: string,
  { every, until, unsure = () => false }: DeletionLimits,
  signal: AbortSignal,
  remove: () => Promise<string | undefined>,
): Promise<void> =>
  calls.eventually(`${what} to be deleted`, { every, until }, signal, async () => {
    try {
      const pending = await remove();
      return pending === undefined ? { done: undefined } : { pending };
    } catch (error) {
      const fault = faultOf(error);
      const absent = fault?.kind === 'not-found';
      if (absent && !unsure()) return { done: undefined };
      if (!absent && fault?.kind !== 'busy') throw error;
      return { pending: fault.message };
    }
  });

/** For `length` milliseconds from now on "not found" proves nothing, when the resource is young. */
export const unsureAbout = (
  young: Doomed['young'] | undefined,
  clock: Clock,
  length: number,
): (() => boolean) => {
  const sure = clock.monotonic() + (young === true ? length : 0);
  return () => clock.monotonic() < sure;
};
