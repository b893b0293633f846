import { UsageError } from '../../core/errors.ts';
import { type IgnitionVersion, ignitionVersions } from '../../core/ignition.ts';
import type { UserData } from '../../core/user-data.ts';
import type { ButaneOptions } from './butane/resources.ts';
import { translateButane } from './butane/translate.ts';
import { gunzipIfPacked } from './ignition/data-url.ts';
import { boundaryOf } from './multipart.ts';

const unreadable = (problem: string, hint: string): UsageError =>
  new UsageError('user-data-unknown', problem, { hint });

/** Tells the format of a user-data file by its contents, as the guest would. Packed files are unpacked first. */
export const detectUserData = (input: string | Uint8Array, options: ButaneOptions = {}): UserData => {
  const bytes = typeof input === 'string' ? Buffer.from(input) : gunzipIfPacked(input);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b)
    throw unreadable(
      'the user-data is a gzip archive that cannot be unpacked',
      'check the file with gzip -t',
    );
  const text = decoded(bytes).replace(/^\uFEFF/, '');
  if (text.trim() === '') return { kind: 'empty' };
  if (text.startsWith('#!')) return { kind: 'script', text };
  if (/^#cloud-config\s*$/m.test(text.split('\n', 1)[0] ?? '')) return { kind: 'cloud-config', text };
  if (boundaryOf(text) !== undefined) return { kind: 'multipart', text };
  if (text.trimStart().startsWith('{')) return ignitionOf(text);
  if (isButane(text)) return translateButane(text, options);
  throw unknownText(text);
};

/** Butane's documents say what they are. */
export const isButane = (text: string): boolean => /^variant:\s*\S/m.test(text);

const decoded = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(
      'the user-data is neither text nor gzip',
      'give an Ignition, cloud-config, script or MIME file',
    );
  }
};

const ignitionOf = (text: string): UserData => {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw unreadable(
      `the user-data begins like JSON but is none: ${error instanceof Error ? error.message : String(error)}`,
      'Ignition configs are strict JSON, without comments and trailing commas',
    );
  }
  return { kind: 'ignition-raw', version: versionOf(document), text };
};

const versionOf = (document: unknown): IgnitionVersion => {
  const found = statedVersion(document);
  if (found === undefined)
    throw unreadable(
      'the user-data is JSON without ignition.version',
      `give one of ${ignitionVersions.slice(1).join(', ')}, or ignitionVersion: 1`,
    );
  const known = ignitionVersions.find(version => found === version || found === `${version}.0`);
  if (known === undefined)
    throw unreadable(
      `the user-data is Ignition ${found}, which kola does not know`,
      `known: ${ignitionVersions.join(', ')}`,
    );
  return known;
};

const statedVersion = (document: unknown): string | undefined => {
  if (typeof document !== 'object' || document === null) return undefined;
  if ('ignitionVersion' in document) return String(document.ignitionVersion);
  if (!('ignition' in document)) return undefined;
  const { ignition } = document;
  if (typeof ignition !== 'object' || ignition === null || !('version' in ignition)) return undefined;
  return typeof ignition.version === 'string' ? ignition.version : undefined;
};

const topKeys = /^(?:ignition|storage|systemd|passwd|networkd|etcd|docker|update|locksmith|flannel):/m;

const unknownText = (text: string): UsageError => {
  if (topKeys.test(text))
    return unreadable(
      'the user-data looks like a Container Linux Config, which kola does not translate',
      'translate it first: ct --strict <FILE, or write it as Butane',
    );
  const first = (text.trim().split('\n', 1)[0] ?? '').slice(0, 40);
  return unreadable(
    `the user-data is of no known format: it begins with ${JSON.stringify(first)}`,
    'known: Ignition JSON, Butane, #cloud-config, a script with #!, MIME multipart; each may be packed with gzip',
  );
};
