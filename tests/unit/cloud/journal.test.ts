import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { journalName, openJournal, type UploadJournal } from '../../../src/cloud/image/journal.ts';

const begin = () => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const open = (what = 'a disk', now = 5): UploadJournal =>
    openJournal({ folder, platform: 'aws', what, now });
  return { file: join(folder, journalName), open };
};

const fill = async ({ ledger, progress }: UploadJournal): Promise<void> => {
  await ledger.own({ kind: 'snapshot', name: 'one', detail: { region: 'x' } }, async () => ({
    ...{ id: 'snap-1', value: 1, detail: { answered: '7' } },
  }));
  const { entry } = await ledger.own({ kind: 'object', name: 'two' }, async () => ({ id: 'o', value: 2 }));
  await ledger.release(entry);
  await expect(
    ledger.own({ kind: 'image', name: 'three' }, () => Promise.reject(new Error('killed'))),
  ).rejects.toThrow('killed');
  progress.note('session', 'address');
  for (const index of [4, 2]) progress.arrived(index);
};

it('tells the next process what there is, what is unsure, and how far it got', async () => {
  const { open } = begin();
  const first = open();
  await fill(first);
  const next = open('a disk', 99);
  expect([first.leftOver, next.leftOver]).toEqual([false, true]);
  expect({ run: next.run, created: next.created }).toEqual({ run: first.run, created: 5 });
  expect(next.ledger.open()).toEqual(first.ledger.open());
  expect(next.ledger.open().map(({ name, id, detail }) => ({ name, id, detail }))).toEqual([
    { name: 'one', id: 'snap-1', detail: { region: 'x', answered: '7' } },
    { name: 'three', id: undefined, detail: undefined },
  ]);
  expect([next.progress.created('snapshot'), next.progress.created('image')]).toEqual(['snap-1', undefined]);
  expect(next.progress.noted('session')).toBe('address');
  expect([...next.progress.blocks]).toEqual([4, 2]);
});

it('loses no more than the line that was being written', async () => {
  const { file, open } = begin();
  await fill(open());
  const whole = readFileSync(file, 'utf8');
  writeFileSync(file, whole.slice(0, -3));
  const next = open();
  expect([...next.progress.blocks]).toEqual([4]);
  next.progress.arrived(9);
  appendFileSync(file, '\n{"step":"unheard of"}');
  expect([...open().progress.blocks]).toEqual([4, 9]);
});

it('does not go on with another disk, nor with what is over', async () => {
  const { file, open } = begin();
  await fill(open());
  const other = open('another disk');
  expect({ left: other.leftOver, open: other.ledger.open(), blocks: other.progress.blocks.size }).toEqual({
    ...{ left: false, open: [], blocks: 0 },
  });
  other.end();
  other.progress.note('late', 'nothing comes of it');
  expect(existsSync(file)).toBe(false);
});
