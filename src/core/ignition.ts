/**
 * The Ignition 3.3 configuration as types: what scenarios write, once, whatever version a machine is given.
 * Nothing but types and names lives here; builders, validation and the older forms are in src/machine/user-data/ignition.
 *
 * Source: https://coreos.github.io/ignition/configuration-v3_3/
 */
export interface IgnitionConfig {
  /** The version is not written here: it is chosen when the config is rendered. */
  readonly ignition?: IgnitionSection;
  readonly kernelArguments?: IgnitionKernelArguments;
  readonly passwd?: IgnitionPasswd;
  readonly storage?: IgnitionStorage;
  readonly systemd?: IgnitionSystemd;
}

export interface IgnitionSection {
  readonly config?: {
    readonly merge?: readonly IgnitionResource[];
    readonly replace?: IgnitionResource;
  };
  readonly proxy?: {
    readonly httpProxy?: string;
    readonly httpsProxy?: string;
    readonly noProxy?: readonly string[];
  };
  readonly security?: {
    readonly tls?: { readonly certificateAuthorities?: readonly IgnitionResource[] };
  };
  /** Seconds. */
  readonly timeouts?: { readonly httpResponseHeaders?: number; readonly httpTotal?: number };
}

/** Something that is fetched: `data:`, `http:`, `https:`, `tftp:`, `s3:` or `gs:`. */
export interface IgnitionResource {
  readonly source?: string;
  readonly compression?: 'gzip';
  readonly httpHeaders?: readonly { readonly name: string; readonly value?: string }[];
  /** `sha512-<hex>` or, from 3.1 on, `sha256-<hex>`. */
  readonly verification?: { readonly hash?: string };
}

export interface IgnitionKernelArguments {
  readonly shouldExist?: readonly string[];
  readonly shouldNotExist?: readonly string[];
}

export interface IgnitionPasswd {
  readonly users?: readonly IgnitionUser[];
  readonly groups?: readonly IgnitionGroup[];
}

export interface IgnitionUser {
  readonly name: string;
  readonly passwordHash?: string;
  readonly sshAuthorizedKeys?: readonly string[];
  readonly uid?: number;
  readonly gecos?: string;
  readonly homeDir?: string;
  readonly noCreateHome?: boolean;
  readonly primaryGroup?: string;
  readonly groups?: readonly string[];
  readonly noUserGroup?: boolean;
  readonly noLogInit?: boolean;
  readonly shell?: string;
  readonly shouldExist?: boolean;
  readonly system?: boolean;
}

export interface IgnitionGroup {
  readonly name: string;
  readonly gid?: number;
  readonly passwordHash?: string;
  readonly shouldExist?: boolean;
  readonly system?: boolean;
}

export interface IgnitionStorage {
  readonly disks?: readonly IgnitionDisk[];
  readonly raid?: readonly IgnitionRaid[];
  readonly luks?: readonly IgnitionLuks[];
  readonly filesystems?: readonly IgnitionFilesystem[];
  readonly directories?: readonly IgnitionDirectory[];
  readonly files?: readonly IgnitionFile[];
  readonly links?: readonly IgnitionLink[];
}

export interface IgnitionDisk {
  readonly device: string;
  readonly wipeTable?: boolean;
  readonly partitions?: readonly IgnitionPartition[];
}

export interface IgnitionPartition {
  readonly label?: string;
  /** 1-based; 0 = the next free one. */
  readonly number?: number;
  readonly sizeMiB?: number;
  readonly startMiB?: number;
  readonly typeGuid?: string;
  readonly guid?: string;
  readonly wipePartitionEntry?: boolean;
  readonly shouldExist?: boolean;
  readonly resize?: boolean;
}

export interface IgnitionRaid {
  readonly name: string;
  readonly level: string;
  readonly devices: readonly string[];
  readonly spares?: number;
  readonly options?: readonly string[];
}

export interface IgnitionLuks {
  readonly name: string;
  readonly device: string;
  readonly keyFile?: IgnitionResource;
  readonly label?: string;
  readonly uuid?: string;
  readonly options?: readonly string[];
  readonly wipeVolume?: boolean;
  readonly clevis?: IgnitionClevis;
}

export interface IgnitionClevis {
  readonly tpm2?: boolean;
  readonly tang?: readonly { readonly url: string; readonly thumbprint?: string }[];
  /** How many of the bindings are needed to unlock. */
  readonly threshold?: number;
  readonly custom?: { readonly pin: string; readonly config: string; readonly needsNetwork?: boolean };
}

export interface IgnitionFilesystem {
  readonly device: string;
  readonly format: 'ext4' | 'btrfs' | 'xfs' | 'vfat' | 'swap' | 'none';
  /** Where Ignition mounts it while it works, seen from the new root. */
  readonly path?: string;
  readonly label?: string;
  readonly uuid?: string;
  readonly options?: readonly string[];
  readonly mountOptions?: readonly string[];
  readonly wipeFilesystem?: boolean;
}

/** Owner: a name or a number, never both. */
export interface IgnitionOwner {
  readonly id?: number;
  readonly name?: string;
}

interface IgnitionNode {
  readonly path: string;
  readonly overwrite?: boolean;
  readonly user?: IgnitionOwner;
  readonly group?: IgnitionOwner;
}

export interface IgnitionDirectory extends IgnitionNode {
  /** Decimal in JSON; write `0o755` here. */
  readonly mode?: number;
}

export interface IgnitionFile extends IgnitionNode {
  readonly mode?: number;
  readonly contents?: IgnitionResource;
  readonly append?: readonly IgnitionResource[];
}

export interface IgnitionLink extends IgnitionNode {
  readonly target: string;
  readonly hard?: boolean;
}

export interface IgnitionSystemd {
  readonly units?: readonly IgnitionUnit[];
}

export interface IgnitionUnit {
  readonly name: string;
  readonly enabled?: boolean;
  readonly mask?: boolean;
  readonly contents?: string;
  readonly dropins?: readonly { readonly name: string; readonly contents?: string }[];
}

/** The spec versions that kola can write. */
export const ignitionVersions = ['1', '2.0', '2.1', '2.2', '2.3', '3.0', '3.1', '3.2', '3.3', '3.4'] as const;
export type IgnitionVersion = (typeof ignitionVersions)[number];
