import { UsageError } from '../core/errors.ts';
import { parseStoreLocation } from '../store/location.ts';

/** The database of a queue. The URL may hold a password and never goes into a message. */
export interface QueueLocation {
  readonly url: string;
  /** Without passwords. */
  readonly shown: string;
}

/**
 * `origin` is where the URL was said. One with a password must not come from the command line, which every user
 * of the machine can read.
 */
export const parseQueueLocation = (text: string, origin: string): QueueLocation => {
  const location = /^postgres(ql)?:\/\//.test(text) ? parseStoreLocation(text) : undefined;
  if (location?.kind !== 'postgres')
    throw new UsageError(
      'queue-location',
      `${origin.replace(/[ =].*/, '')}: expected postgres://user@host/database`,
    );
  if (origin.startsWith('--') && holdsPassword(text))
    throw new UsageError(
      'queue-password',
      '--queue: the URL holds a password, which every user of this machine can read in the process list',
      { hint: 'say it in KOLA_QUEUE or kola.yaml, or leave the password to PGPASSWORD or ~/.pgpass' },
    );
  return { url: location.url, shown: location.shown };
};

const holdsPassword = (url: string): boolean =>
  /^[a-z]+:\/\/[^/@?]*:[^/@?]+@/.test(url) || /[?&](?:ssl)?password=[^&]/.test(url);
