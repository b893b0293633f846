import { faultOf } from './fault.ts';

/** What a machine is, for `gone`: a machine that nobody knows any more is gone. */
export const orGone = async (ask: () => Promise<string | undefined>): Promise<string | undefined> => {
  try {
    return await ask();
  } catch (error) {
    if (faultOf(error)?.kind === 'not-found') return 'not there any more';
    throw error;
  }
};
