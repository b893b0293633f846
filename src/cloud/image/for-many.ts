import type { Clock } from '../../core/clock.ts';
import { brandId, type RunId, randomIds } from '../../core/ids.ts';
import { type ResourceKind, tearDown } from '../kinds.ts';
import { leaseLength } from '../lease.ts';
import { makeOwner, type Owner } from '../owner.ts';
import { passingLedger } from '../passing-ledger.ts';
import { ownerName } from '../tags.ts';

/** Milliseconds that an image for many runs is kept. */
const imageLife = 30 * 24 * 3_600_000;

export interface UploadForMany<Cloud> {
  readonly platform: string;
  readonly cloud: Cloud;
  readonly kinds: readonly ResourceKind<Cloud>[];
  readonly site: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** Kinds that the image consists of; the others go as soon as it is there. */
  readonly keep: readonly string[];
  readonly upload: (owner: Owner) => Promise<string>;
  /** Marks the image as one for many runs, until `expires`. */
  readonly share: (id: string, expires: number) => Promise<void>;
}

/**
 * Uploads an image outside of any run. Everything is taken back when it fails; when this process dies, the lease in
 * the tags runs out.
 */
export const uploadForMany = async <Cloud>(
  work: UploadForMany<Cloud>,
  signal: AbortSignal,
): Promise<string> => {
  const { platform, cloud, kinds, clock, log } = work;
  const run = brandId<RunId>(randomIds.next());
  const ledger = passingLedger(run, platform);
  const created = clock.now();
  const tagFacts = () => ({ run, owner: ownerName(), created, expires: created + leaseLength });
  const owner = makeOwner({ ledger, site: work.site, tagFacts });
  const place = { cloud, kinds, clock, log };
  try {
    const id = await work.upload(owner);
    const rest = ledger.open().filter(({ kind }) => !work.keep.includes(kind));
    await tearDown(rest, { ...place, signal }, ledger.release);
    await work.share(id, clock.now() + imageLife);
    return id;
  } catch (error) {
    const late = AbortSignal.timeout(120_000);
    await tearDown(ledger.open(), { ...place, signal: late }, ledger.release).catch(() => {
      // Said in the log; the reason for the failure is what the caller has to know.
    });
    throw error;
  }
};
