import type { IgnitionConfig, IgnitionFile, IgnitionFilesystem } from '../../../core/ignition.ts';
import { accountWithCreate } from './accounts.ts';
import { decodeDataUrl } from './data-url.ts';
import { placeOf } from './mount-points.ts';
import { inSectors, mountWithCreate, oldUnit } from './to-2.ts';
import { UnsupportedByVersion } from './unsupported.ts';

/** Version 1 has no root filesystem of its own: it is the device with this label. */
const rootDevice = '/dev/disk/by-partlabel/ROOT';

/** The same config in version 1, where files lie in the filesystem's entry and hold their contents as text. */
export const toVersion1 = (config: IgnitionConfig): object => {
  const { ignition, passwd, storage, systemd, ...rest } = config;
  if (ignition !== undefined && Object.keys(ignition).length > 0)
    throw new UnsupportedByVersion('1', `ignition.${Object.keys(ignition)[0]}`);
  const { files, filesystems, disks, ...other } = storage ?? {};
  return {
    ...rest,
    ignitionVersion: 1,
    passwd: passwd && { ...passwd, users: passwd.users?.map(user => accountWithCreate(user, '1')) },
    storage: storage && {
      ...other,
      disks: disks?.map(inSectors),
      filesystems: filesystemsWithFiles(config, files ?? []),
    },
    systemd: systemd && { ...systemd, units: systemd.units?.map(unit => oldUnit(unit, '1')) },
  };
};

/** The root filesystem when it is made anew: with its path, or without, as the initrd mounts it in any case. */
const isRoot = ({ device, path }: IgnitionFilesystem): boolean =>
  path === '/' || (path === undefined && device.endsWith('/ROOT'));

const filesystemsWithFiles = (
  config: IgnitionConfig,
  files: readonly IgnitionFile[],
): object[] | undefined => {
  const byMount = Map.groupBy(files, entry => placeOf(config, entry.path).mount);
  const filesOf = (mount: string | undefined) =>
    mount === undefined ? undefined : byMount.get(mount)?.map(entry => fileOf(config, entry));
  const declared = config.storage?.filesystems ?? [];
  const entries: object[] = declared.map(entry => ({
    ...mountWithCreate(entry, '1'),
    files: filesOf(isRoot(entry) ? '/' : entry.path),
  }));
  if (byMount.has('/') && !declared.some(isRoot))
    entries.push({ device: rootDevice, format: 'ext4', files: filesOf('/') });
  return entries.length === 0 ? undefined : entries;
};

const fileOf = (config: IgnitionConfig, entry: IgnitionFile): object => {
  const { user, group, contents, overwrite, append, mode = 0o644 } = entry;
  const missing = (what: string): never => {
    throw new UnsupportedByVersion('1', `${what} (file ${entry.path})`);
  };
  if (user?.name !== undefined || group?.name !== undefined) missing('owner by name');
  if (append !== undefined) missing('way to append');
  if (overwrite === false) missing('way to keep an existing file');
  const { source = 'data:,', ...fetching } = contents ?? {};
  if (Object.keys(fetching).length > 0) missing(`contents.${Object.keys(fetching)[0]}`);
  const bytes = decodeDataUrl(source) ?? missing(`way to fetch ${source.split(':', 1)[0]}: URLs`);
  return {
    path: placeOf(config, entry.path).path,
    contents: asText(bytes) ?? missing('way to write bytes that are no UTF-8'),
    mode,
    uid: user?.id,
    gid: group?.id,
  };
};

const asText = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
};
