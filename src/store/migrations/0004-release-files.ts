import type { Kysely } from 'kysely';
import { createTable } from './create-table.ts';

/** Lists of packages and files as a release publishes them. */
export const up = (db: Kysely<unknown>): Promise<void> =>
  createTable(db, 'release_files', ['channel', 'version', 'arch', 'kind']);
