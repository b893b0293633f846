import { UsageError } from '../../core/errors.ts';
import type { Arch } from '../../core/target.ts';
import { channelOfVersion, isReleaseBuild, isVersion, ltsYear } from '../../core/version.ts';
import type { ReleaseServer, ReleaseServers } from './servers.ts';

/** A release as a person names it. */
export interface ReleaseWish {
  /** `stable`, `beta`, `alpha`, `lts`, `edge`, or an LTS stream such as `lts-2024`. */
  readonly channel: string;
  /** `4459.2.1`, `4799.0.0+nightly-20260821-2100`, or `current`. */
  readonly version: string;
  readonly arch: Arch;
}

/** A folder of a server that may have the release. */
export interface Place {
  readonly server: ReleaseServer;
  /** Ends with a slash. */
  readonly url: string;
}

export const newestVersion = 'current';

/**
 * The folders to ask, in order. Throws a UsageError for a version that is none, and for one that the channel cannot have
 * (its second number tells the channel).
 */
export const placesOf = (servers: ReleaseServers, wish: ReleaseWish): readonly Place[] => {
  checkWish(wish);
  const places = servers.servers.flatMap(server => {
    const version = versionFolder(server, wish);
    return version === undefined ? [] : [{ server, url: folderUrl(server, wish, version) }];
  });
  if (places.length > 0) return places;
  throw new UsageError('release-nowhere', `no release server can have ${describeWish(wish)}`, {
    hint:
      wish.version === newestVersion
        ? 'name a version: the servers do not say which is the newest there'
        : `asked were ${servers.servers.map(({ name }) => name).join(', ')}`,
  });
};

export const describeWish = ({ channel, version, arch }: ReleaseWish): string =>
  `${channel} ${version} (${arch})`;

/** Where the list of LTS streams lies, when a server has one. */
export const ltsInfoUrls = (
  servers: ReleaseServers,
): readonly { readonly server: ReleaseServer; readonly url: string }[] =>
  servers.servers.flatMap(server =>
    server.ltsInfo === undefined
      ? []
      : [{ server, url: `${server.base.replaceAll('{channel}', 'lts')}/${server.ltsInfo}` }],
  );

const checkWish = ({ channel, version }: ReleaseWish): void => {
  if (version === newestVersion) return;
  if (!isVersion(version))
    throw new UsageError('version-form', `${version} is not a version of Flatcar`, {
      hint: 'such as 4459.2.1, 4799.0.0+nightly-20260821-2100 or current',
    });
  const own = channelOfVersion(version);
  // A nightly is built from a branch long before its channel's number is settled, and edge takes any.
  if (!isReleaseBuild(version) || channel === 'edge' || own === serverChannel(channel)) return;
  throw new UsageError('version-channel', `${version} is a version of ${own}, not of ${channel}`, {
    hint: `its second number says so; did you mean --channel=${own}?`,
  });
};

/** The servers know one channel for all LTS streams. */
const serverChannel = (channel: string): string => (ltsYear(channel) === undefined ? channel : 'lts');

const versionFolder = (server: ReleaseServer, { channel, version }: ReleaseWish): string | undefined => {
  const year = ltsYear(channel);
  if (version === newestVersion)
    return year === undefined ? server.newest : server.newestOfStream?.replaceAll('{year}', year);
  return isReleaseBuild(version) || server.nightlies ? version : undefined;
};

const folderUrl = (server: ReleaseServer, { channel, arch }: ReleaseWish, version: string): string => {
  const values: Readonly<Record<string, string>> = {
    channel: serverChannel(channel),
    arch,
    // The + of a nightly means a space to some servers.
    version: encodeURIComponent(version),
  };
  const fill = (text: string): string =>
    text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  return `${fill(server.base)}/${fill(server.folder)}/`;
};
