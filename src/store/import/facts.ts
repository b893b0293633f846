import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { adoptionSchema, releaseFactsSchema, releaseIssueSchema } from '../../core/release-facts.ts';
import { type Store, storing } from '../open.ts';

export interface ImportedFacts {
  readonly what: 'release' | 'adoption' | 'issues';
  /** Records read; a record that was there before is replaced. */
  readonly records: number;
}

/** `kola import release FILE`: image digests and signatures, SBOM, provenance, payload, packages of one version. */
export const importReleaseFile = async (store: Store, file: string): Promise<ImportedFacts> => {
  const facts = await readChecked(file, releaseFactsSchema, 'the facts of a release');
  await storing(store, 'release facts were imported', () =>
    store.db
      .insertInto('releases')
      .values({ channel: facts.channel, version: facts.version, facts: JSON.stringify(facts) })
      .onConflict(conflict =>
        conflict.columns(['channel', 'version']).doUpdateSet({ facts: JSON.stringify(facts) }),
      )
      .execute(),
  );
  return { what: 'release', records: 1 };
};

/** `kola import adoption FILE`: a list of how many machines ran a version at a time. */
export const importAdoptionFile = async (store: Store, file: string): Promise<ImportedFacts> => {
  const records = await readChecked(file, z.array(adoptionSchema), 'a list of adoption records');
  await storing(store, 'adoption was imported', () =>
    store.db.transaction().execute(async trx => {
      for (const one of records) {
        const row = { ...one, at: Date.parse(one.at), source: one.source ?? null };
        await trx
          .insertInto('adoption')
          .values(row)
          .onConflict(conflict =>
            conflict
              .columns(['channel', 'version', 'at'])
              .doUpdateSet({ machines: row.machines, source: row.source }),
          )
          .execute();
      }
    }),
  );
  return { what: 'adoption', records: records.length };
};

/** `kola import issues FILE`: known, user-reported and blocking issues, open or closed. */
export const importIssuesFile = async (store: Store, file: string): Promise<ImportedFacts> => {
  const records = await readChecked(file, z.array(releaseIssueSchema), 'a list of issues');
  await storing(store, 'issues were imported', () =>
    store.db.transaction().execute(async trx => {
      for (const one of records) {
        const issue = JSON.stringify(one);
        await trx
          .insertInto('issues')
          .values({ id: one.id, issue })
          .onConflict(conflict => conflict.column('id').doUpdateSet({ issue }))
          .execute();
      }
    }),
  );
  return { what: 'issues', records: records.length };
};

/** JSON or YAML, as JSON is YAML. */
const readChecked = async <T>(file: string, schema: z.ZodType<T>, what: string): Promise<T> => {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError('import-absent', `${file}: ${error.message}`, { cause: error });
  });
  const document = parseDocument(text);
  const broken = document.errors[0];
  if (broken !== undefined) {
    const line = broken.linePos?.[0].line ?? 1;
    throw new UsageError('facts-corrupt', `${file}:${line}: ${broken.message.split('\n', 1)[0]}`);
  }
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UsageError(
    'facts-invalid',
    `${file}: expected ${what}: ${issue?.path.map(String).join('.') || 'whole file'}: ${issue?.message ?? ''}`,
    { hint: 'docs/reference/store.md describes the files; nothing was imported' },
  );
};
