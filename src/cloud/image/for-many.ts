import type { Clock } from '../../core/clock.ts';
import { type ResourceKind, type TeardownPlace, tearDown } from '../kinds.ts';
import { leaseLength } from '../lease.ts';
import { makeOwner, type Owner } from '../owner.ts';
import { ownerName } from '../tags.ts';
import { openJournal, type UploadJournal, type UploadProgress } from './journal.ts';

/** Milliseconds that an image for many runs is kept. */
const imageLife = 30 * 24 * 3_600_000;

export interface UploadForMany<Cloud> {
  readonly platform: string;
  readonly cloud: Cloud;
  readonly kinds: readonly ResourceKind<Cloud>[];
  readonly site: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** Folder of this upload alone: whoever is given it again goes on where a killed process stopped. */
  readonly folder: string;
  /** Digest of the disk, and the form that the image is given there. */
  readonly what: string;
  /** Kinds that the image consists of; the others go as soon as it is there. */
  readonly keep: readonly string[];
  readonly upload: (owner: Owner, progress: UploadProgress) => Promise<string>;
  /**
   * Whether an upload that was killed can go on: what it made is still there, and has a lease until `expires` from now
   * on. Absent = it begins anew.
   */
  readonly canGoOn?: (progress: UploadProgress, expires: number) => Promise<boolean>;
  /** Marks the image as one for many runs, until `expires`. `kept` has the ids of what it consists of. */
  readonly share: (id: string, expires: number, kept: readonly string[]) => Promise<void>;
}

/**
 * Uploads an image outside of any run. Everything is taken back when it fails; when this process is killed the next one
 * goes on, or takes it back and begins anew. When there is none, the lease in the tags runs out.
 */
export const uploadForMany = async <Cloud>(
  work: UploadForMany<Cloud>,
  signal: AbortSignal,
): Promise<string> => {
  const { site, clock } = work;
  const place = placeOf(work);
  const journal = await journalOf(work, signal);
  const { run, ledger, progress } = journal;
  const expires = clock.now() + leaseLength;
  const tagFacts = () => ({ run, owner: ownerName(), created: journal.created, expires });
  const owner = makeOwner({ ledger, site, tagFacts });
  let id: string;
  try {
    id = await work.upload(owner, progress);
    const isKept = ({ kind }: { readonly kind: string }): boolean => work.keep.includes(kind);
    const rest = ledger.open().filter(resource => !isKept(resource));
    await tearDown(rest, { ...place, signal }, ledger.release);
    const kept = ledger.open().flatMap(resource => (isKept(resource) ? (resource.id ?? []) : []));
    await work.share(id, clock.now() + imageLife, [...new Set(kept)]);
  } catch (error) {
    await takeBack(journal, { ...place, signal: AbortSignal.timeout(120_000) }).catch(() => {
      // Said in the log; the reason for the failure is what the caller has to know.
    });
    throw error;
  }
  journal.end();
  return id;
};

/** Noted before anything goes: what is taken back in part cannot be gone on with. */
const givenUp = 'given-up';

/** The journal stays when something resists: whoever comes next tries again. */
const takeBack = async <Cloud>(
  { ledger, progress, end, close }: UploadJournal,
  place: TeardownPlace<Cloud>,
): Promise<void> => {
  try {
    progress.note(givenUp, 'yes');
  } catch {
    // A full disk may be why it failed: what was made goes nevertheless.
  }
  try {
    await tearDown(ledger.open(), place, ledger.release);
    end();
  } finally {
    close();
  }
};

const placeOf = <Cloud>({ cloud, kinds, clock, log }: UploadForMany<Cloud>) => ({ cloud, kinds, clock, log });

/** The journal to go on with: what cannot be gone on with is taken back first. */
const journalOf = async <Cloud>(work: UploadForMany<Cloud>, signal: AbortSignal): Promise<UploadJournal> => {
  const { folder, platform, site, clock, log } = work;
  const what = `${JSON.stringify(site)} ${work.what}`;
  const open = (): UploadJournal => openJournal({ folder, platform, what, now: clock.now() });
  const journal = open();
  if (!journal.leftOver) return journal;
  try {
    if (await mayGoOn(work, journal.progress)) {
      log('Going on with an upload that was cut short');
      return journal;
    }
    log('Taking back an upload that was cut short');
    await takeBack(journal, { ...placeOf(work), signal });
  } catch (error) {
    journal.close();
    throw error;
  }
  return open();
};

const mayGoOn = async <Cloud>(
  { canGoOn, clock }: UploadForMany<Cloud>,
  progress: UploadProgress,
): Promise<boolean> =>
  progress.noted(givenUp) === undefined && (await canGoOn?.(progress, clock.now() + leaseLength)) === true;
