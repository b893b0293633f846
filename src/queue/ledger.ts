import { z } from 'zod';
import { brandId } from '../core/ids.ts';
import type { OwnedResource } from '../core/ledger.ts';
import type { LedgerFile } from '../run/ledger-file.ts';
import type { Query } from './database.ts';

export interface LedgerPlace {
  readonly query: Query;
  readonly worker: string;
  readonly host: string;
  readonly run: string;
}

/**
 * The ledger of a run on one host, in the database as well: when the host dies, another one knows what it owned. The
 * intent is in both before anything is created.
 */
export const sharedLedger = (file: LedgerFile, place: LedgerPlace): LedgerFile => ({
  for: platform => {
    const own = file.for(platform);
    return {
      own: (intent, create) =>
        own.own(intent, async () => {
          // The entry for this intent has just been written.
          const resource = own.open().at(-1);
          if (resource !== undefined) await insert(resource, place);
          const created = await create();
          // The name is there already, by which the resource can be found: not worth losing what was created.
          if (resource !== undefined)
            await update(
              { ...resource, id: created.id, detail: { ...resource.detail, ...created.detail } },
              place,
            ).catch(() => {});
          return created;
        }),
      release: async entry => {
        await own.release(entry);
        // What stays behind is swept later, and found to be gone.
        await remove(entry, place).catch(() => {});
      },
      open: () => own.open(),
    };
  },
  open: () => file.open(),
  close: () => file.close(),
});

const insert = async (resource: OwnedResource, { query, worker, host, run }: LedgerPlace): Promise<void> => {
  await query(
    'insert into kola_queue.ledger (worker, run, entry, platform, host, resource) values ($1, $2, $3, $4, $5, $6)',
    [worker, run, resource.entry, resource.platform, host, JSON.stringify(resource)],
  );
};

const update = async (resource: OwnedResource, { query, worker, run }: LedgerPlace): Promise<void> => {
  await query('update kola_queue.ledger set resource = $4 where worker = $1 and run = $2 and entry = $3', [
    worker,
    run,
    resource.entry,
    JSON.stringify(resource),
  ]);
};

const remove = async (entry: string, { query, worker, run }: LedgerPlace): Promise<void> => {
  await query('delete from kola_queue.ledger where worker = $1 and run = $2 and entry = $3', [
    worker,
    run,
    entry,
  ]);
};

const resourceSchema = z.object({
  run: z.string(),
  platform: z.string(),
  entry: z.string(),
  kind: z.string(),
  name: z.string(),
  id: z.string().optional(),
  machine: z.string().optional(),
  detail: z.record(z.string(), z.string()).optional(),
});

/** A row's `resource`; throws when it is none. */
export const parseResource = (value: unknown): OwnedResource => {
  const { run, platform, entry, kind, name, id, machine, detail } = resourceSchema.parse(value);
  return {
    run: brandId(run),
    platform,
    entry,
    kind,
    name,
    ...(id === undefined ? {} : { id }),
    ...(machine === undefined ? {} : { machine: brandId(machine) }),
    ...(detail === undefined ? {} : { detail }),
  };
};
