import { HarnessError, type KolaError, NetworkError } from '../core/errors.ts';
import { asStoreError } from '../store/failures.ts';

/** Says which queue failed at what. */
export const asQueueError = (error: unknown, shown: string, doing: string): KolaError => {
  const known = asStoreError(error, shown, doing);
  const message = known.message.replace(/^the store /, 'the queue ');
  const code = known.code.replace(/^store/, 'queue');
  return known instanceof NetworkError
    ? new NetworkError(code, message, { hint: 'start it, or check the URL and the way to it', cause: error })
    : new HarnessError(code, message, { cause: error });
};
