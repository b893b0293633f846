import { UsageError } from '../core/errors.ts';
import type { Query } from './database.ts';

/** Most that exists at once in an account, or in one region of it. */
export interface Quota {
  /** `aws`, or `aws/us-east-1`. A quota of an account holds for all of its regions together. */
  readonly account: string;
  readonly machines: number;
  readonly vcpus?: number;
}

/** `aws=24`, `aws/us-east-1=24:96`: machines, and vCPUs behind a colon. */
export const parseQuota = (text: string, origin: string): Quota => {
  const found = /^([\w-]+(?:\/[\w-]+)?)=(\d+)(?::(\d+))?$/.exec(text);
  const [, account = '', machines = '', vcpus] = found ?? [];
  if (found === null)
    throw new UsageError('bad-quota', `${origin}: expected ACCOUNT=MACHINES[:VCPUS], found ${text}`, {
      hint: 'such as aws/us-east-1=24:96',
    });
  return { account, machines: Number(machines), ...(vcpus === undefined ? {} : { vcpus: Number(vcpus) }) };
};

/** Puts quotas into the database, where they hold for every run and host; the last word on an account counts. */
export const setQuotas = async (query: Query, quotas: readonly Quota[]): Promise<void> => {
  for (const { account, machines, vcpus } of quotas)
    await query(
      `insert into kola_queue.quota (account, machines, vcpus) values ($1, $2, $3)
       on conflict (account) do update set machines = excluded.machines, vcpus = excluded.vcpus`,
      [account, machines, vcpus ?? null],
    );
};

export interface LeaseRequest {
  readonly job: string;
  readonly worker: string;
  readonly platform: string;
  readonly account: string;
  readonly machines: number;
  readonly vcpus: number;
}

/** `never`: the quota is smaller than this alone. */
export type LeaseAnswer = 'taken' | 'full' | 'never';

/** Any number, the same for all who take leases. */
const quotaLock = 7_405_111;

/**
 * Takes room in an account until the job is over and its machines are gone. Must be called in a transaction: only
 * one host at a time adds up what is in use.
 */
export const takeLease = async (query: Query, lease: LeaseRequest): Promise<LeaseAnswer> => {
  const { job, worker, platform, account, machines, vcpus } = lease;
  await query('select pg_advisory_xact_lock($1)', [quotaLock]);
  const quotas = await query<{ account: string; machines: number; vcpus: number | null }>(
    `select account, machines, vcpus from kola_queue.quota where account = $1 or starts_with($1, account || '/')`,
    [account],
  );
  for (const quota of quotas) {
    if (machines > quota.machines || vcpus > (quota.vcpus ?? vcpus)) return 'never';
    const [used] = await query<{ machines: number; vcpus: number }>(
      `select coalesce(sum(machines), 0)::int as machines, coalesce(sum(vcpus), 0)::int as vcpus
       from kola_queue.lease where account = $1 or starts_with(account, $1 || '/')`,
      [quota.account],
    );
    const full =
      (used?.machines ?? 0) + machines > quota.machines ||
      (quota.vcpus !== null && (used?.vcpus ?? 0) + vcpus > quota.vcpus);
    if (full) return 'full';
  }
  await query(
    'insert into kola_queue.lease (job, worker, platform, account, machines, vcpus) values ($1, $2, $3, $4, $5, $6)',
    [job, worker, platform, account, machines, vcpus],
  );
  return 'taken';
};

export const returnLease = async (query: Query, job: string): Promise<void> => {
  await query('delete from kola_queue.lease where job = $1', [job]);
};
