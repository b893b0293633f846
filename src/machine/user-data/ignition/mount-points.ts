import type { IgnitionConfig, IgnitionFilesystem } from '../../../core/ignition.ts';

/** Before 3.0 a file names the filesystem it lies on, and its path is seen from there. */
export interface Place {
  /** The filesystem's path; `/` for the root filesystem. */
  readonly mount: string;
  readonly path: string;
}

/** Finds the deepest mounted filesystem of the config that a path lies on. */
export const placeOf = (config: IgnitionConfig, path: string): Place => {
  const mounts = (config.storage?.filesystems ?? [])
    .flatMap(({ path: mount }) => (mount === undefined || mount === '/' ? [] : [mount]))
    .filter(mount => path.startsWith(`${mount}/`))
    .sort((a, b) => b.length - a.length);
  const [mount] = mounts;
  return mount === undefined ? { mount: '/', path } : { mount, path: path.slice(mount.length) };
};

/** The internal name of a filesystem in 2.x; `root` exists without being declared. */
export const filesystemName = (mount: string): string =>
  mount === '/' ? 'root' : mount.slice(1).replaceAll('/', '-');

/** mkfs options for label and UUID, for versions that have no fields for them. */
export const createOptions = ({ format, label, uuid, options }: IgnitionFilesystem): string[] => {
  const labelFlag = format === 'btrfs' ? '--label' : '-L';
  const uuidOf = (value: string): string[] =>
    format === 'xfs' ? ['-m', `uuid=${value}`] : [format === 'btrfs' ? '--uuid' : '-U', value];
  return [
    ...(options ?? []),
    ...(label === undefined ? [] : [labelFlag, label]),
    ...(uuid === undefined ? [] : uuidOf(uuid)),
  ];
};
