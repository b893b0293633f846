import { type Evidence, HarnessError } from '../../core/errors.ts';
import { type Store, storing } from '../open.ts';
import type { AttemptsTable, MachinesTable, SubtestsTable } from '../schema.ts';

/** Everything known about one run: its machines and attempts (V10), and what was not selected and why (V7). */
export interface RunDetail {
  readonly attempts: readonly (Omit<AttemptsTable, 'evidence'> & {
    readonly evidence: readonly Evidence[];
  })[];
  readonly machines: readonly MachinesTable[];
  readonly subtests: readonly SubtestsTable[];
  readonly targets: readonly RunTarget[];
}

export interface RunTarget {
  readonly target: number;
  readonly platform: string;
  readonly arch: string;
  readonly variant: string;
  readonly channel: string;
  readonly version: string;
  readonly digest: string;
  readonly kind: string;
  readonly notice: string | null;
  readonly planned: readonly string[];
  readonly unselected: readonly { readonly scenario: string; readonly code: string; readonly text: string }[];
}

/** Throws when the run is not in the store. */
export const runDetail = (store: Store, run: string): Promise<RunDetail> =>
  storing(store, `run ${run} was read`, async () => {
    const targets = await store.db
      .selectFrom('targets')
      .innerJoin('plans', 'plans.hash', 'targets.plan')
      .selectAll()
      .where('run', '=', run)
      .orderBy('target')
      .execute();
    if (targets.length === 0) {
      throw new HarnessError('run-unknown', `run ${run} is not in the store ${store.shown}`);
    }
    const attempts = await store.db
      .selectFrom('attempts')
      .selectAll()
      .where('run', '=', run)
      .orderBy('started_at')
      .orderBy('attempt')
      .execute();
    return {
      targets: targets.map(row => ({
        ...row,
        planned: JSON.parse(row.selected) as string[],
        unselected: JSON.parse(row.unselected) as RunTarget['unselected'],
      })),
      attempts: attempts.map(row => ({
        ...row,
        evidence: row.evidence === null ? [] : (JSON.parse(row.evidence) as Evidence[]),
      })),
      machines: await store.db
        .selectFrom('machines')
        .selectAll()
        .where('run', '=', run)
        .orderBy('provisioning_at')
        .orderBy('machine')
        .execute(),
      subtests: await store.db
        .selectFrom('subtests')
        .selectAll()
        .where('run', '=', run)
        .orderBy('attempt')
        .orderBy('subtest')
        .execute(),
    };
  });
