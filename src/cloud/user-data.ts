import { gzipSync } from 'node:zlib';
import { UsageError } from '../core/errors.ts';
import type { ImageManifest } from '../core/image.ts';
import type { RenderedUserData } from '../core/user-data.ts';

export interface UserDataPlace {
  readonly platform: string;
  /** Most bytes that the platform takes. */
  readonly limit: number;
  readonly manifest: ImageManifest;
  /** Puts the text where machines can fetch it and returns the URL; absent = there is no such place. */
  readonly publish?: (text: string) => Promise<string>;
}

/**
 * The user-data in a form that fits: as it is, else an Ignition stub that holds it compressed, else a stub that
 * fetches it from a URL.
 */
export const fitUserData = async (userData: RenderedUserData, place: UserDataPlace): Promise<string> => {
  const { text, channel } = userData;
  if (bytes(text) <= place.limit) return text;
  if (channel === 'ignition') {
    const packed = packedStub(text, place.manifest);
    if (packed !== undefined && bytes(packed) <= place.limit) return packed;
    const stub = await fetchingStub(text, place);
    if (stub !== undefined && bytes(stub) <= place.limit) return stub;
  }
  throw new UsageError(
    'user-data-limit',
    `${place.platform} takes ${place.limit} bytes of user-data, the ${userData.form} has ${bytes(text)}`,
    { hint: 'make the configuration smaller, or let it fetch its files' },
  );
};

const bytes = (text: string): number => Buffer.byteLength(text);

/** Ignition unpacks a referenced config since spec 3.1. */
export const packedStub = (text: string, manifest: ImageManifest): string | undefined => {
  if (!versionOf(text).startsWith('3.')) return undefined;
  const version = ['3.4', '3.3', '3.2', '3.1'].find(minor => takes(manifest, minor));
  if (version === undefined) return undefined;
  const source = `data:;base64,${gzipSync(text, { level: 9 }).toString('base64')}`;
  return JSON.stringify({
    ignition: { version: `${version}.0`, config: { replace: { source, compression: 'gzip' } } },
  });
};

const takes = (manifest: ImageManifest, minor: string): boolean =>
  manifest.userData.some(kind => kind === `ignition-${minor}`);

const fetchingStub = async (text: string, place: UserDataPlace): Promise<string | undefined> => {
  const version = versionOf(text);
  if (place.publish === undefined || !/^[23]\./.test(version)) return undefined;
  const source = await place.publish(text);
  return JSON.stringify({ ignition: { version, config: { replace: { source } } } });
};

const versionOf = (text: string): string => {
  try {
    const config: { ignition?: { version?: unknown } } = JSON.parse(text);
    return typeof config.ignition?.version === 'string' ? config.ignition.version : '';
  } catch {
    return '';
  }
};
