import { HarnessError, KolaError, NetworkError } from '../core/errors.ts';

const codeOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return '';
  // A refused connection to a name with several addresses is an AggregateError around the refusals.
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0)
    return codeOf(error.errors[0]);
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
};

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Classes 08 (connection), 53 (resources) and 57 (operator intervention) of PostgreSQL's error codes. */
const goneAway = (code: string, text: string): boolean =>
  /^(08|57P|53300)/.test(code) ||
  /^E(CONNREFUSED|CONNRESET|PIPE|HOSTUNREACH|TIMEDOUT|NOENT|NOTFOUND|AI_AGAIN)$/.test(code) ||
  /Connection terminated|connection timeout|timeout exceeded when trying to connect|not queryable/.test(text);

/** Says which store failed at what, and what that means for the data. */
export const asStoreError = (error: unknown, shown: string, doing: string): KolaError => {
  if (error instanceof KolaError) return error;
  const [code, text] = [codeOf(error), textOf(error)];
  if (goneAway(code, text)) {
    return new NetworkError('store-away', `the store ${shown} went away while ${doing}: ${text || code}`, {
      hint: 'nothing of this step was stored; do it again when the store is back',
      cause: error,
    });
  }
  if (/^28/.test(code)) {
    return new HarnessError('store-login', `the store ${shown} refuses the login: ${text}`, {
      hint: 'check user and password (PGPASSWORD or ~/.pgpass keep them out of the URL)',
      cause: error,
    });
  }
  if (code === 'ERR_SQLITE_ERROR' && /not a database|malformed/.test(text)) {
    return new HarnessError('store-corrupt', `${shown} is not an SQLite database, or is damaged: ${text}`, {
      hint: 'restore it from a copy, or import the run folders into a new store',
      cause: error,
    });
  }
  return new HarnessError('store-failed', `the store ${shown} failed while ${doing}: ${text}`, {
    cause: error,
  });
};
