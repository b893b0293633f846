import { type Kysely, Migrator } from 'kysely';
import { HarnessError } from '../core/errors.ts';
import { up as history } from './migrations/0001-history.ts';
import { up as scenarioDays } from './migrations/0002-scenario-days.ts';
import { up as machineTime } from './migrations/0003-machine-time.ts';
import { up as releaseFiles } from './migrations/0004-release-files.ts';
import type { Database } from './schema.ts';

const migrations = {
  '0001-history': { up: history },
  '0002-scenario-days': { up: scenarioDays },
  '0003-machine-time': { up: machineTime },
  '0004-release-files': { up: releaseFiles },
};

/**
 * Brings the schema up to date. Several processes may do so at once: SQLite's write lock or PostgreSQL's advisory
 * lock lets one of them work and the others find nothing left to do.
 */
export const migrate = async (db: Kysely<Database>): Promise<void> => {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (error instanceof Error && /corrupted migrations/.test(error.message)) {
    throw new HarnessError('store-too-new', `the store was made by a newer kola: ${error.message}`, {
      hint: 'update kola, or use another store',
      cause: error,
    });
  }
  throw error;
};
