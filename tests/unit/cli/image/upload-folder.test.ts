import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { inUploadFolder } from '../../../../src/cli/image/upload-folder.ts';
import type { Terminal } from '../../../../src/cli/terminal.ts';
import { journalName } from '../../../../src/cloud/image/journal.ts';

const begin = () => {
  const state = mkdtempSync(join(tmpdir(), 'kola-upload-folder-'));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const terminal: Terminal = {
    ...{ out: () => {}, err: () => {}, write: () => {}, cwd: state, interactive: false, outIsTty: false },
    env: { XDG_STATE_HOME: state },
  };
  const uploads = join(state, 'kola', 'uploads');
  const never = new AbortController().signal;
  const upload = <T>(what: string, body: (folder: string) => Promise<T>): Promise<T> =>
    inUploadFolder([what], terminal, never, body);
  return { uploads, upload };
};

/** An upload that fails and leaves a journal, or none. */
const failing = (left: boolean) => async (folder: string) => {
  if (left) writeFileSync(join(folder, journalName), '');
  throw new Error('no room');
};

it('is the same for the same upload, and gone when that is over', async () => {
  const { uploads, upload } = begin();
  const inside = async (folder: string): Promise<string> => {
    expect(existsSync(folder)).toBe(true);
    return folder;
  };
  const [one, again, other] = [
    await upload('a', inside),
    await upload('a', inside),
    await upload('b', inside),
  ];
  expect(again).toBe(one);
  expect(other).not.toBe(one);
  await expect(upload('a', failing(false))).rejects.toThrow('no room');
  expect(readdirSync(uploads)).toEqual([]);
});

it('stays with a journal of what could not be taken back, for a day', async () => {
  const { uploads, upload } = begin();
  await expect(upload('a', failing(true))).rejects.toThrow('no room');
  const [left = ''] = readdirSync(uploads);
  expect(await upload('a', async folder => readdirSync(folder))).toEqual([journalName]);
  await expect(upload('a', failing(true))).rejects.toThrow('no room');
  await upload('b', async () => {});
  expect(readdirSync(uploads)).toEqual([left]);
  const then = new Date(Date.now() - 25 * 3_600_000);
  utimesSync(join(uploads, left, journalName), then, then);
  // Begun and killed before there was a journal.
  mkdirSync(join(uploads, 'empty'));
  utimesSync(join(uploads, 'empty'), then, then);
  await upload('b', async () => {});
  expect(readdirSync(uploads)).toEqual([]);
});
