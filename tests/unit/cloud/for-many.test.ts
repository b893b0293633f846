import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type UploadForMany, uploadForMany } from '../../../src/cloud/image/for-many.ts';
import { journalName, openJournal } from '../../../src/cloud/image/journal.ts';
import type { ResourceKind } from '../../../src/cloud/kinds.ts';
import type { FoundResource } from '../../../src/core/cloud-account.ts';
import { hastyClock } from '../../support/clouds/hasty-clock.ts';

const never = new AbortController().signal;

/** A cloud of snapshots and images, in which a process was killed that had made a snapshot. */
const begin = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-for-many-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const there = new Set<string>();
  const kindOf = (kind: string): ResourceKind<Set<string>> => ({
    kind,
    list: async (): Promise<readonly FoundResource[]> => [],
    destroy: async (cloud, { id }) => void cloud.delete(id),
  });
  const killed = openJournal({ folder, platform: 'aws', what: '{"region":"x"} a disk', now: 1 });
  const { entry } = await killed.ledger.own({ kind: 'snapshot', name: 'old' }, async () => {
    there.add('old');
    return { id: 'old', value: undefined };
  });
  expect(entry).not.toBe('');
  const work: UploadForMany<Set<string>> = {
    ...{ platform: 'aws', cloud: there, kinds: [kindOf('image'), kindOf('bucket'), kindOf('snapshot')] },
    ...{ site: { region: 'x' }, clock: hastyClock(), log: () => {}, folder, what: 'a disk' },
    keep: ['snapshot', 'image'],
    upload: async (owner, progress) => {
      const make = (kind: string, id: string): Promise<string> =>
        owner.create(kind, kind, async () => {
          there.add(id);
          return { id, value: id };
        });
      await make('bucket', 'bucket');
      if (progress.created('snapshot') === undefined) await make('snapshot', 'new');
      return make('image', 'image');
    },
    share: async () => {},
  };
  return { there, work, run: killed.run, journal: join(folder, journalName) };
};

it('goes on with what can be gone on with, in the name of the same run', async () => {
  const { there, work, run, journal } = await begin();
  const runs: string[] = [];
  const shared: (readonly string[])[] = [];
  const upload: typeof work.upload = (owner, progress) => {
    runs.push(owner.tags('any')['kola-run'] ?? '');
    return work.upload(owner, progress);
  };
  const share: typeof work.share = async (_id, _expires, kept) => void shared.push(kept);
  await uploadForMany({ ...work, upload, share, canGoOn: async () => true }, never);
  expect([...there]).toEqual(['old', 'image']);
  expect(runs).toEqual([run]);
  expect(shared).toEqual([['old', 'image']]);
  expect(existsSync(journal)).toBe(false);
});

it.each([
  ['cannot be gone on with', async () => false],
  ['is of a cloud where nothing goes on', undefined],
])('takes back what %s, and begins anew', async (_what, canGoOn) => {
  const { there, work } = await begin();
  await uploadForMany({ ...work, ...(canGoOn === undefined ? {} : { canGoOn }) }, never);
  expect([...there]).toEqual(['new', 'image']);
});

it('takes everything back when it fails, also what the other process made', async () => {
  const { there, work, journal } = await begin();
  const share = () => Promise.reject(new Error('no tags today'));
  await expect(uploadForMany({ ...work, share, canGoOn: async () => true }, never)).rejects.toThrow(
    'no tags',
  );
  expect([...there]).toEqual([]);
  expect(existsSync(journal)).toBe(false);
});

it('leaves the journal of what could not be taken back, and the next process tries again', async () => {
  const { there, work, run, journal } = await begin();
  const resisting = work.kinds.map(kind =>
    kind.kind === 'snapshot' ? { ...kind, destroy: () => Promise.reject(new Error('still in use')) } : kind,
  );
  const share = () => Promise.reject(new Error('no tags today'));
  const goingOn = { ...work, canGoOn: async () => true };
  await expect(uploadForMany({ ...goingOn, kinds: resisting, share }, never)).rejects.toThrow('no tags');
  expect([...there]).toEqual(['old']);
  expect(existsSync(journal)).toBe(true);
  await expect(uploadForMany({ ...goingOn, kinds: resisting }, never)).rejects.toThrow('still in use');
  expect(existsSync(journal)).toBe(true);
  const runs: string[] = [];
  const upload: typeof work.upload = (owner, progress) => {
    runs.push(owner.tags('any')['kola-run'] ?? '');
    return work.upload(owner, progress);
  };
  // Though it could be gone on with: who gave it up may have been killed in the middle of that.
  await uploadForMany({ ...goingOn, upload }, never);
  expect([...there]).toEqual(['new', 'image']);
  expect(runs).not.toEqual([run]);
  expect(existsSync(journal)).toBe(false);
});
