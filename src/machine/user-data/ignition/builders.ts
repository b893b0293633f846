import type {
  IgnitionConfig,
  IgnitionDirectory,
  IgnitionFile,
  IgnitionFilesystem,
  IgnitionGroup,
  IgnitionLink,
  IgnitionOwner,
  IgnitionResource,
  IgnitionUnit,
  IgnitionUser,
} from '../../../core/ignition.ts';
import type { IgnitionAbout, UserData } from '../../../core/user-data.ts';
import { dataUrl } from './data-url.ts';

/** The parts of a config in one flat list of names, so that a scenario's user-data reads as what it does. */
export interface IgnitionParts {
  readonly files?: readonly IgnitionFile[];
  readonly directories?: readonly IgnitionDirectory[];
  readonly links?: readonly IgnitionLink[];
  readonly filesystems?: readonly IgnitionFilesystem[];
  readonly disks?: NonNullable<IgnitionConfig['storage']>['disks'];
  readonly raid?: NonNullable<IgnitionConfig['storage']>['raid'];
  readonly luks?: NonNullable<IgnitionConfig['storage']>['luks'];
  readonly units?: readonly IgnitionUnit[];
  readonly users?: readonly IgnitionUser[];
  readonly groups?: readonly IgnitionGroup[];
  readonly kernelArguments?: IgnitionConfig['kernelArguments'];
  readonly ignition?: IgnitionConfig['ignition'];
}

type Loose<T> = { [Key in keyof T]: T[Key] | undefined };

/** Leaves out what is undefined, so that optional parts can be passed through. */
const present = <T extends object>(parts: Loose<T>): T =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as T;

const section = <T extends object>(parts: Loose<T>): T | undefined => {
  const kept = present<T>(parts);
  return Object.keys(kept).length === 0 ? undefined : kept;
};

/** A config of the 3.x model. */
export const ignitionConfig = (parts: IgnitionParts): IgnitionConfig =>
  present<IgnitionConfig>({
    ignition: parts.ignition,
    kernelArguments: parts.kernelArguments,
    passwd: section<NonNullable<IgnitionConfig['passwd']>>({ users: parts.users, groups: parts.groups }),
    storage: section<NonNullable<IgnitionConfig['storage']>>({
      disks: parts.disks,
      raid: parts.raid,
      luks: parts.luks,
      filesystems: parts.filesystems,
      directories: parts.directories,
      files: parts.files,
      links: parts.links,
    }),
    systemd: section<NonNullable<IgnitionConfig['systemd']>>({ units: parts.units }),
  });

/** User-data of a scenario. `about` is the spec version that the scenario is there to test. */
export const ignition = (parts: IgnitionParts, about?: IgnitionAbout): UserData => ({
  kind: 'ignition',
  config: ignitionConfig(parts),
  ...(about === undefined ? {} : { about }),
});

export interface NodeOptions {
  readonly mode?: number;
  /** `user`, `user:group` or `uid:gid`. */
  readonly owner?: string;
  readonly overwrite?: boolean;
}

const ownerOf = (text: string): IgnitionOwner => (/^\d+$/.test(text) ? { id: Number(text) } : { name: text });

const node = ({ mode, owner, overwrite }: NodeOptions) => {
  const [user, group] = owner?.split(':', 2) ?? [];
  return present<Pick<IgnitionFile, 'mode' | 'user' | 'group' | 'overwrite'>>({
    mode,
    overwrite,
    user: user === undefined ? undefined : ownerOf(user),
    group: group === undefined ? undefined : ownerOf(group),
  });
};

/** A resource that carries its contents with it. */
export const inline = (contents: string | Uint8Array): IgnitionResource => ({ source: dataUrl(contents) });

/** A file with these contents (a data URL), or fetched when a resource is given. Mode 0644 by default. */
export const file = (
  path: string,
  contents: string | Uint8Array | IgnitionResource,
  options: NodeOptions = {},
): IgnitionFile => ({
  path,
  ...node({ mode: 0o644, ...options }),
  contents: typeof contents === 'string' || contents instanceof Uint8Array ? inline(contents) : contents,
});

export const directory = (path: string, options: NodeOptions = {}): IgnitionDirectory => ({
  path,
  ...node({ mode: 0o755, ...options }),
});

export const link = (
  path: string,
  target: string,
  options: Omit<NodeOptions, 'mode'> & { readonly hard?: boolean } = {},
): IgnitionLink => ({
  path,
  target,
  ...node(options),
  ...(options.hard === undefined ? {} : { hard: options.hard }),
});

export interface UnitOptions {
  readonly enabled?: boolean;
  readonly mask?: boolean;
  readonly contents?: string;
  /** Contents by file name: `{ '10-wait.conf': '[Service]…' }`. */
  readonly dropins?: Readonly<Record<string, string>>;
}

export const unit = (name: string, options: UnitOptions = {}): IgnitionUnit => {
  const dropins = Object.entries(options.dropins ?? {}).map(([dropin, contents]) => ({
    name: dropin,
    contents,
  }));
  return present<IgnitionUnit>({
    name,
    enabled: options.enabled,
    mask: options.mask,
    contents: options.contents,
    dropins: dropins.length === 0 ? undefined : dropins,
  });
};

export const user = (name: string, options: Omit<IgnitionUser, 'name'> = {}): IgnitionUser => ({
  name,
  ...options,
});

export const group = (name: string, options: Omit<IgnitionGroup, 'name'> = {}): IgnitionGroup => ({
  name,
  ...options,
});

export const filesystem = (
  device: string,
  format: IgnitionFilesystem['format'],
  options: Omit<IgnitionFilesystem, 'device' | 'format'> = {},
): IgnitionFilesystem => ({ device, format, ...options });
