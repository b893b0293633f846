import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { hasExpired, signatureGlobSchema } from '../core/accepted-failure.ts';
import { UsageError } from '../core/errors.ts';
import { anyMatches, globMatches } from '../core/glob.ts';
import type { ResultRecord } from '../core/history.ts';
import { arches } from '../core/target.ts';
import { compareVersions } from '../core/version.ts';
import { readYaml } from '../core/yaml-file.ts';
import { compareText, sha256Of } from './canonical.ts';

/** One file of `policy/waivers/`: a failure that is known, accepted for a while, and by whom. */
export const waiverSchema = z.strictObject({
  /** Scenario name; no glob, a waiver is about one thing. */
  scenario: z.string().min(1),
  /** Globs. */
  platforms: z.array(z.string().min(1)).min(1),
  arches: z.array(z.enum(arches)).min(1),
  channels: z.array(z.string().min(1)).min(1),
  /** `from` inclusive, `until` exclusive; a range without an end never goes away by itself. */
  versions: z.strictObject({ from: z.string(), until: z.string() }),
  /** Normalised failure signature; `*` stands for anything. */
  signature: signatureGlobSchema,
  tracker: z.url(),
  reason: z.string().min(1),
  author: z.string().min(1),
  approver: z.string().min(1).optional(),
  /** Last day on which it holds. */
  expires: z.iso.date(),
});

export interface Waiver extends z.infer<typeof waiverSchema> {
  /** File name without `.yaml`. */
  readonly id: string;
  readonly hash: string;
}

export const parseWaiver = (file: string, text: string): Waiver => ({
  ...readYaml(file, text, waiverSchema),
  id: basename(file, '.yaml'),
  hash: sha256Of(text),
});

/** All waivers of a folder; an absent folder holds none. Mistakes of all files are told together. */
export const loadWaivers = async (folder: string): Promise<Waiver[]> => {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const waivers: Waiver[] = [];
  const wrong: string[] = [];
  for (const name of files.filter(one => one.endsWith('.yaml')).sort(compareText)) {
    const file = join(folder, name);
    try {
      waivers.push(parseWaiver(file, await readFile(file, 'utf8')));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      wrong.push(error.message);
    }
  }
  if (wrong.length > 0) throw new UsageError('waiver-invalid', wrong.join('\n'));
  return waivers;
};

/** What a waiver is asked about. */
export interface WaiverQuestion {
  readonly scenario: string;
  readonly platform: string;
  readonly arch: string;
  readonly channels: readonly string[];
  readonly version: string;
}

export const inScope = (waiver: Waiver, question: WaiverQuestion): boolean =>
  waiver.scenario === question.scenario &&
  anyMatches(waiver.platforms, question.platform) &&
  waiver.arches.some(arch => arch === question.arch) &&
  question.channels.some(channel => anyMatches(waiver.channels, channel)) &&
  compareVersions(question.version, waiver.versions.from) >= 0 &&
  compareVersions(question.version, waiver.versions.until) < 0;

/** The rule that a console hit comes under, else the signature. */
export const coversSignature = (waiver: Waiver, result: Pick<ResultRecord, 'signature' | 'rule'>): boolean =>
  (result.signature !== null && globMatches(waiver.signature, result.signature)) ||
  (result.rule !== null && globMatches(waiver.signature, `rule: ${result.rule}`));

/** Why a waiver does not hold; undefined = it does. The day of expiry still counts. */
export const waiverFault = (waiver: Waiver, now: number, secondPerson: boolean): string | undefined => {
  if (hasExpired(waiver.expires, now)) {
    return `waiver ${waiver.id} expired on ${waiver.expires}`;
  }
  if (secondPerson && (waiver.approver === undefined || waiver.approver === waiver.author)) {
    return `waiver ${waiver.id} needs an approver other than its author ${waiver.author}`;
  }
  return undefined;
};
