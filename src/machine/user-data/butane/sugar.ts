import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import type { IgnitionConfig, IgnitionFile, IgnitionLink, IgnitionUnit } from '../../../core/ignition.ts';
import { dataUrl } from '../ignition/data-url.ts';
import { butaneError } from './keys.ts';
import { type ButaneOptions, localPath } from './resources.ts';

type Loose = Record<string, unknown>;
export type Section = { [key: string]: unknown };

/** `/var/lib/data` as systemd writes it in a unit name: `var-lib-data`. */
export const unitEscape = (path: string): string => {
  const plain = path.replace(/^\/+|\/+$/g, '').replace(/\/+/g, '/');
  if (plain === '') return '-';
  return [...Buffer.from(plain)]
    .map((byte, index) => {
      const char = String.fromCharCode(byte);
      if (char === '/') return '-';
      const safe = /[A-Za-z0-9:_]/.test(char) || (char === '.' && index > 0);
      return safe ? char : `\\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
};

interface MountedFilesystem {
  readonly device: string;
  readonly format: string;
  readonly path?: string;
  readonly mountOptions?: readonly string[];
}

/** Devices of volumes that are unlocked over the network, by either of their names. */
const tangDevices = (storage: IgnitionConfig['storage']): ReadonlySet<string> =>
  new Set(
    (storage?.luks ?? [])
      .filter(({ clevis }) => (clevis?.tang ?? []).length > 0)
      .flatMap(({ name }) => [`/dev/mapper/${name}`, `/dev/disk/by-id/dm-name-${name}`]),
  );

const swapUnit = ({ device, mountOptions }: MountedFilesystem): IgnitionUnit => ({
  name: `${unitEscape(device)}.swap`,
  enabled: true,
  contents: [
    '[Swap]',
    `What=${device}`,
    ...(mountOptions === undefined || mountOptions.length === 0 ? [] : [`Options=${mountOptions.join(',')}`]),
    '',
    '[Install]',
    'RequiredBy=swap.target',
    '',
  ].join('\n'),
});

const mountUnit = (filesystem: MountedFilesystem, where: string, remote: boolean): IgnitionUnit => {
  const { device, format, mountOptions = [] } = filesystem;
  const fsck = `systemd-fsck@${unitEscape(device)}.service`;
  const options = [...(remote ? ['_netdev'] : []), ...mountOptions];
  return {
    name: `${unitEscape(where)}.mount`,
    enabled: true,
    contents: [
      '[Unit]',
      `Requires=${fsck}`,
      `After=${fsck}`,
      '',
      '[Mount]',
      `Where=${where}`,
      `What=${device}`,
      `Type=${format}`,
      ...(options.length === 0 ? [] : [`Options=${options.join(',')}`]),
      '',
      '[Install]',
      `RequiredBy=${remote ? 'remote' : 'local'}-fs.target`,
      '',
    ].join('\n'),
  };
};

/** Takes `with_mount_unit` out of the filesystems and gives the units that it stands for. */
export const takeMountUnits = (storage: Section): readonly IgnitionUnit[] => {
  if (!Array.isArray(storage.filesystems)) return [];
  const remote = tangDevices(storage as IgnitionConfig['storage']);
  const units: IgnitionUnit[] = [];
  storage.filesystems = storage.filesystems.map((filesystem: Loose, index) => {
    const at = `storage.filesystems[${index}]`;
    const { withMountUnit, ...rest } = filesystem;
    if (withMountUnit !== undefined && typeof withMountUnit !== 'boolean')
      throw butaneError(`${at}.with_mount_unit`, 'expected true or false');
    if (withMountUnit === true) {
      const mounted = rest as unknown as MountedFilesystem;
      if (typeof mounted.device !== 'string') throw butaneError(`${at}.device`, 'is missing');
      if (mounted.format === 'none')
        throw butaneError(`${at}.format`, 'none cannot be mounted, but with_mount_unit is true');
      if (mounted.format === 'swap') units.push(swapUnit(mounted));
      else if (mounted.path === undefined) throw butaneError(`${at}.path`, 'with_mount_unit needs it');
      else units.push(mountUnit(mounted, mounted.path, remote.has(mounted.device)));
    }
    return rest;
  });
  return units;
};

interface TreeNodes {
  readonly files: IgnitionFile[];
  readonly links: IgnitionLink[];
}

/** Everything below a local folder, as nodes below `path`. */
const walkTree = (root: string, path: string, at: string): TreeNodes => {
  const nodes: TreeNodes = { files: [], links: [] };
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
    const source = join(entry.parentPath, entry.name);
    const target = posix.join(path, relative(root, source));
    if (entry.isSymbolicLink()) nodes.links.push({ path: target, target: readlinkSync(source) });
    else if (entry.isFile()) {
      const mode = (lstatSync(source).mode & 0o111) === 0 ? 0o644 : 0o755;
      nodes.files.push({ path: target, contents: { source: dataUrl(readFileSync(source)) }, mode });
    } else if (!entry.isDirectory()) throw butaneError(at, `${source} is neither file, link nor folder`);
  }
  return nodes;
};

/** Takes `trees` out and gives the files and links in them. What is listed by its own path wins over a tree. */
export const takeTrees = (storage: Section, options: ButaneOptions): TreeNodes => {
  const { trees = [] } = storage;
  delete storage.trees;
  if (!Array.isArray(trees)) throw butaneError('storage.trees', 'expected a list');
  const walked = trees.map((tree: Loose, index) => {
    const at = `storage.trees[${index}]`;
    const { local, path = '/', ...unknown } = tree;
    const [key] = Object.keys(unknown);
    if (key !== undefined) throw butaneError(`${at}.${key}`, 'unknown key');
    if (typeof path !== 'string' || !path.startsWith('/')) throw butaneError(`${at}.path`, 'is not absolute');
    return walkTree(localPath(local, `${at}.local`, options), path, at);
  });
  return { files: walked.flatMap(({ files }) => files), links: walked.flatMap(({ links }) => links) };
};
