import type {
  IgnitionConfig,
  IgnitionDisk,
  IgnitionFile,
  IgnitionFilesystem,
  IgnitionUnit,
  IgnitionVersion,
} from '../../../core/ignition.ts';
import { accountWithCreate } from './accounts.ts';
import { createOptions, filesystemName, placeOf } from './mount-points.ts';
import { UnsupportedByVersion } from './unsupported.ts';

/** Sectors of 512 bytes in a mebibyte; before 2.3 partitions are measured in the device's sectors. */
const sectorsPerMiB = 2048;

/**
 * The same config in the words of 2.`minor`. What differs is translated, everything else is passed through:
 * a key that 2.x does not have then meets its schema, so that nothing is lost unnoticed.
 */
export const toVersion2 = (config: IgnitionConfig, minor: number): object => {
  const version = `2.${minor}` as IgnitionVersion;
  const { ignition, passwd, storage, systemd, ...rest } = config;
  const { config: other, ...settings } = ignition ?? {};
  return {
    ...rest,
    ignition: {
      ...settings,
      version: `2.${minor}.0`,
      config: other && { append: other.merge, replace: other.replace },
    },
    passwd: passwd && {
      ...passwd,
      users: minor >= 1 ? passwd.users : passwd.users?.map(user => accountWithCreate(user, version)),
    },
    storage: storage && {
      ...storage,
      disks: minor >= 3 ? storage.disks : storage.disks?.map(inSectors),
      filesystems: storage.filesystems?.map(entry => mountOf(entry, minor, version)),
      directories: storage.directories?.map(entry => ({
        mode: 0o755,
        ...entry,
        ...located(config, entry.path),
      })),
      files: storage.files?.flatMap(entry => fileOf(config, entry, minor)),
      links: storage.links?.map(entry => ({ ...entry, ...located(config, entry.path) })),
    },
    systemd: systemd && {
      ...systemd,
      units: minor >= 1 ? systemd.units : systemd.units?.map(unit => oldUnit(unit, version)),
    },
  };
};

const located = (config: IgnitionConfig, path: string): { filesystem: string; path: string } => {
  const place = placeOf(config, path);
  return { filesystem: filesystemName(place.mount), path: place.path };
};

export const inSectors = (disk: IgnitionDisk): object => ({
  ...disk,
  partitions: disk.partitions?.map(({ sizeMiB, startMiB, ...partition }) => ({
    ...partition,
    size: sizeMiB === undefined ? undefined : sizeMiB * sectorsPerMiB,
    start: startMiB === undefined ? undefined : startMiB * sectorsPerMiB,
  })),
});

const mountOf = (entry: IgnitionFilesystem, minor: number, version: IgnitionVersion): object => {
  const { path, ...mount } = entry;
  // The root filesystem is known as `root` already; a second one of that name would be another mount.
  const name = path === undefined || path === '/' ? undefined : filesystemName(path);
  return { name, mount: minor >= 1 ? mount : mountWithCreate(entry, version) };
};

/** 2.0 and 1 make a filesystem, whatever is there, or take what is there as it is. */
export const mountWithCreate = (entry: IgnitionFilesystem, version: IgnitionVersion): object => {
  const { path: _path, label, uuid, options, wipeFilesystem, ...mount } = entry;
  if (wipeFilesystem === true)
    return { ...mount, create: { force: true, options: nonEmpty(createOptions(entry)) } };
  if (label !== undefined || uuid !== undefined || options !== undefined)
    throw new UnsupportedByVersion(
      version,
      `way to keep a filesystem only if it fits (label, uuid or options of ${entry.device} without wipeFilesystem)`,
    );
  return mount;
};

const nonEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);

/** Appended pieces are entries of their own in 2.x, and the mode has no default. */
const fileOf = (config: IgnitionConfig, entry: IgnitionFile, minor: number): object[] => {
  const { append, overwrite, contents, ...file } = entry;
  // Before 2.2 a file is always replaced: only the wish not to needs a word that is not there.
  const replacing = minor >= 2 || overwrite === false ? { overwrite } : {};
  const base = { mode: 0o644, ...file, ...located(config, entry.path) };
  const pieces = (append ?? []).map(piece => ({ ...base, append: true, contents: piece }));
  if (pieces.length > 0 && contents === undefined) return pieces;
  return [{ ...base, ...replacing, contents }, ...pieces];
};

export const oldUnit = (unit: IgnitionUnit, version: IgnitionVersion): object => {
  const { enabled, ...rest } = unit;
  if (enabled === false) throw new UnsupportedByVersion(version, `way to disable a unit (${unit.name})`);
  return { ...rest, enable: enabled };
};
