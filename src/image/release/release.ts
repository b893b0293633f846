import type { Clock } from '../../core/clock.ts';
import { KolaError, NetworkError, UsageError } from '../../core/errors.ts';
import { channelOfVersion, isReleaseBuild, ltsYear } from '../../core/version.ts';
import { type AskOptions, getBytes, getText, headersFor, type Source } from './http.ts';
import { trustedKeys } from './keys.ts';
import {
  describeWish,
  ltsInfoUrls,
  newestVersion,
  type Place,
  placesOf,
  type ReleaseWish,
} from './locate.ts';
import { type LtsStream, parseLtsInfo } from './lts-info.ts';
import type { ReleaseServers } from './servers.ts';
import { verifyBytes } from './signature.ts';
import { versionIn } from './version-file.ts';

/** What every question to a release server needs. */
export interface ReleaseContext {
  readonly servers: ReleaseServers;
  /** The file that `servers` came from. */
  readonly serversFile: string;
  readonly cacheDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly keyFile?: string;
  /** Signatures are not asked for, and everything that comes of it counts for nothing. */
  readonly insecure?: boolean;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly tries?: number;
  readonly stall?: number;
  readonly log: (line: string) => void;
}

/** A release that a server has. */
export interface FoundRelease {
  readonly channel: string;
  /** What `version.txt` says: never `current`. */
  readonly version: string;
  readonly arch: ReleaseWish['arch'];
  readonly place: Place;
  /** `version.txt` bears a good signature. */
  readonly versionSigned: boolean;
}

const versionFile = 'version.txt';
const smallFile = 64 * 2 ** 10;

export const askOptions = ({ clock, signal, tries, stall }: ReleaseContext): AskOptions => ({
  clock,
  ...(signal === undefined ? {} : { signal }),
  ...(tries === undefined ? {} : { tries }),
  ...(stall === undefined ? {} : { stall }),
});

export const sourceIn = (place: Place, file: string, context: ReleaseContext): Source => ({
  url: `${place.url}${file}`,
  headers: headersFor(place.server, context.env),
});

/**
 * Finds a release: asks the servers in order for its `version.txt`. The first that has it decides. What a server says is
 * held against what was asked for: another version, or one that the channel cannot have, is refused.
 */
export const findRelease = async (wish: ReleaseWish, context: ReleaseContext): Promise<FoundRelease> => {
  const places = placesOf(context.servers, wish);
  const silent: KolaError[] = [];
  for (const place of places) {
    const text = await getText(sourceIn(place, versionFile, context), smallFile, askOptions(context)).catch(
      (error: unknown) => {
        // The next server may be reachable; a refusal, though, is an answer.
        if (!(error instanceof NetworkError)) throw error;
        silent.push(error);
        return undefined;
      },
    );
    if (text === undefined) continue;
    const version = versionIn(text, `${place.url}${versionFile}`);
    checkVersion(version, wish, place);
    const versionSigned = await checkVersionFile(Buffer.from(text), place, context);
    const [concrete = place] = placesOf(
      { ...context.servers, servers: [place.server] },
      { ...wish, version },
    );
    return { channel: wish.channel, version, arch: wish.arch, place: concrete, versionSigned };
  }
  if (silent[0] !== undefined) throw silent[0];
  const asked = places.map(({ url }) => url).join(' and ');
  throw new UsageError('release-absent', `there is no ${describeWish(wish)}: asked ${asked}`, {
    hint: 'see the version and the channel; --release-url=URL asks another server',
  });
};

const checkVersion = (version: string, { channel, version: asked }: ReleaseWish, { url }: Place): void => {
  if (asked !== newestVersion && version !== asked)
    throw new UsageError('version-other', `${url} holds version ${version}, expected ${asked}`, {
      hint: 'the server mixes up its folders: do not trust what it has',
    });
  const own = channelOfVersion(version);
  const wanted = ltsYear(channel) === undefined ? channel : 'lts';
  if (isReleaseBuild(version) && wanted !== 'edge' && own !== wanted)
    throw new UsageError(
      'version-other',
      `${url} holds version ${version} of ${own}, expected one of ${channel}`,
      {
        hint: 'the server mixes up its folders: do not trust what it has',
      },
    );
};

/** The file is signed like every other; where it is not, the image's own signature is all there is. */
const checkVersionFile = async (
  text: Uint8Array,
  place: Place,
  context: ReleaseContext,
): Promise<boolean> => {
  if (context.insecure === true) return false;
  const name = `${place.url}${versionFile}`;
  const signature = await getBytes(
    sourceIn(place, `${versionFile}.sig`, context),
    smallFile,
    askOptions(context),
  );
  if (signature === undefined) {
    context.log(`Trusting the server for the version: ${name} is not signed`);
    return false;
  }
  await withKeys(context, async keys => verifyBytes(text, signature, keys, name));
  return true;
};

type Keys = Awaited<ReturnType<typeof trustedKeys>>;

/** Checks with the keys at hand; an unknown signer may be this year's new subkey, so they are fetched once more. */
export const withKeys = async <T>(context: ReleaseContext, check: (keys: Keys) => Promise<T>): Promise<T> => {
  const options = {
    ...askOptions(context),
    pinned: context.servers.keys,
    pinnedIn: context.serversFile,
    cacheDir: context.cacheDir,
    log: context.log,
    ...(context.keyFile === undefined ? {} : { keyFile: context.keyFile }),
  };
  try {
    return await check(await trustedKeys(options));
  } catch (error) {
    const fixed = context.keyFile !== undefined || context.servers.keys.every(({ url }) => url === undefined);
    if (!(error instanceof KolaError) || error.code !== 'signature-unknown-key' || fixed) throw error;
    return check(await trustedKeys(options, true));
  }
};

/** The LTS streams that the servers list; empty when no server has a list. */
export const ltsStreams = async (context: ReleaseContext): Promise<readonly LtsStream[]> => {
  for (const { server, url } of ltsInfoUrls(context.servers)) {
    const text = await getText(
      { url, headers: headersFor(server, context.env) },
      smallFile,
      askOptions(context),
    );
    if (text !== undefined) return parseLtsInfo(text, url);
  }
  return [];
};
