import type { Clock } from '../core/clock.ts';
import type { PlatformDefinition } from '../core/platform.ts';
import type { QueueDatabase } from './database.ts';
import { parseResource } from './ledger.ts';

export interface SweepOptions {
  readonly database: QueueDatabase;
  readonly host: string;
  readonly platforms: readonly PlatformDefinition[];
  readonly clock: Clock;
  /** Milliseconds without a sign of life after which a worker counts as lost. */
  readonly lostAfter: number;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Days after which nobody will come back to the host of a worker that was lost. */
const daysToKeep = 2;

const lost = `(w.id is null or w.seen < now() - $1 * interval '1 ms')`;

/**
 * Destroys what lost workers owned: in accounts from anywhere, processes and folders on their own host only. Their
 * room in the quotas is free again once nothing of theirs is left.
 */
export const sweepLostWorkers = async (options: SweepOptions): Promise<number> => {
  let gone = 0;
  for (const platform of options.platforms) gone += await sweepPlatform(platform, options);
  await forgetWorkers(options);
  return gone;
};

const sweepPlatform = (platform: PlatformDefinition, options: SweepOptions): Promise<number> => {
  const { database, host, clock, lostAfter, log, signal } = options;
  return database.transaction(async ({ query }) => {
    // Held until they are gone: another worker looks at others meanwhile.
    const rows = await query<{ worker: string; run: string; entry: string; resource: unknown }>(
      `select l.worker, l.run, l.entry, l.resource from kola_queue.ledger l
       left join kola_queue.worker w on w.id = l.worker
       where ${lost} and l.platform = $2 and ($3 or l.host = $4) for update of l skip locked`,
      [lostAfter, platform.name, platform.account !== undefined, host],
    );
    if (rows.length === 0) return 0;
    // Entries count per run: those of two workers must not be taken for each other.
    const owners = Map.groupBy(rows, ({ worker, run }) => `${worker} ${run}`);
    let gone = 0;
    for (const [, own] of owners) {
      const resources = own.map(({ resource }) => parseResource(resource));
      const swept = new Set(await platform.sweep(resources, { signal, log, clock }));
      for (const { worker, run, entry } of own.filter(row => swept.has(row.entry)))
        await query('delete from kola_queue.ledger where worker = $1 and run = $2 and entry = $3', [
          worker,
          run,
          entry,
        ]);
      gone += swept.size;
      log(`Destroyed ${swept.size} of ${own.length} resources that worker ${own[0]?.worker} had left`);
    }
    return gone;
  });
};

const forgetWorkers = async ({ database, lostAfter }: SweepOptions): Promise<void> => {
  const { query } = database;
  await query(
    `delete from kola_queue.ledger l using kola_queue.worker w
     where w.id = l.worker and w.seen < now() - $1 * interval '1 day'`,
    [daysToKeep],
  );
  await query(
    `delete from kola_queue.lease l where not exists (
       select 1 from kola_queue.ledger g where g.worker = l.worker and g.platform = l.platform)
     and not exists (
       select 1 from kola_queue.worker w where w.id = l.worker and w.seen >= now() - $1 * interval '1 ms')`,
    [lostAfter],
  );
  await query(
    `delete from kola_queue.worker w where w.seen < now() - $1 * interval '1 ms'
     and not exists (select 1 from kola_queue.ledger g where g.worker = w.id)
     and not exists (select 1 from kola_queue.lease l where l.worker = w.id)`,
    [lostAfter],
  );
  await query(
    `delete from kola_queue.flight f where not exists (
       select 1 from kola_queue.worker w where w.id = f.worker and w.seen >= now() - $1 * interval '1 ms')`,
    [lostAfter],
  );
  await query(`delete from kola_queue.run where seen < now() - $1 * interval '1 day'`, [daysToKeep]);
};
