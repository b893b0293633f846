import type { ApiCalls } from './calls.ts';
import { faultOf } from './fault.ts';

/**
 * Deletes until it is gone: "not found" means that, and what something else still needs is asked for again. `remove`
 * resolves to what is still to be waited for, where resources go by and by: then it is called until it is not found.
 */
export const deleteFully = (
  calls: ApiCalls,
  what: string,
  limits: { readonly every: number; readonly until: number },
  signal: AbortSignal,
  remove: () => Promise<string | undefined>,
): Promise<void> =>
  calls.eventually(`${what} to be deleted`, limits, signal, async () => {
    try {
      const pending = await remove();
      return pending === undefined ? { done: undefined } : { pending };
    } catch (error) {
      const fault = faultOf(error);
      if (fault?.kind === 'not-found') return { done: undefined };
      if (fault?.kind !== 'busy') throw error;
      return { pending: fault.message };
    }
  });
