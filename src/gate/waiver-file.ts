import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument, stringify } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../core/errors.ts';
import { sha256Of } from './canonical.ts';
import { parseWaiver, type Waiver, type waiverSchema } from './waiver.ts';
import { writeNew, writeWhole } from './write-whole.ts';

export type WaiverProposal = Omit<z.infer<typeof waiverSchema>, 'approver'>;

const day = 86_400_000;

/**
 * Writes a waiver as a file of its own, to be reviewed and committed like one that was written by hand. Throws
 * UsageError when it says what no waiver may say, has expired already, or is there.
 */
export const proposeWaiver = async (
  folder: string,
  proposal: WaiverProposal,
  now: number,
): Promise<Waiver> => {
  const name = proposal.scenario.replace(/[^\w.-]+/g, '-').replace(/^[.-]+/, '');
  const id = `${name}-${sha256Of(JSON.stringify(proposal))
    .replace(/^sha256:/, '')
    .slice(0, 8)}`;
  const file = join(folder, `${id}.yaml`);
  const text = stringify(proposal);
  const waiver = parseWaiver(file, text);
  if (Date.parse(`${waiver.expires}T00:00:00Z`) + day <= now) {
    throw new UsageError('waiver-expired', `a waiver until ${waiver.expires} has expired already`);
  }
  await mkdir(folder, { recursive: true });
  await writeNew(file, text).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    throw new UsageError('waiver-exists', `waiver ${id} is there already`);
  });
  return waiver;
};

/** Puts the second person's name into a waiver's file. Throws UsageError for its author, and when it has one. */
export const approveWaiver = async (folder: string, id: string, approver: string): Promise<Waiver> => {
  const file = join(folder, `${id}.yaml`);
  const text = /^[\w-][\w.-]*$/.test(id) ? await readFile(file, 'utf8').catch(() => undefined) : undefined;
  if (text === undefined) throw new UsageError('waiver-unknown', `there is no waiver ${JSON.stringify(id)}`);
  const waiver = parseWaiver(file, text);
  if (waiver.approver !== undefined)
    throw new UsageError('waiver-approved', `waiver ${id} was approved by ${waiver.approver} already`);
  if (waiver.author === approver) {
    throw new UsageError('waiver-own', `${approver} wrote waiver ${id}, and cannot approve it`, {
      hint: 'somebody else has to look at it',
    });
  }
  const document = parseDocument(text);
  document.set('approver', approver);
  const approved = document.toString();
  await writeWhole(file, approved);
  return parseWaiver(file, approved);
};
