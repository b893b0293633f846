import type { z } from 'zod';
import type { Clock } from './clock.ts';
import type { CloudAccount, PreflightReport } from './cloud-account.ts';
import type { KolaError } from './errors.ts';
import type { MachineId, RunId } from './ids.ts';
import type { LocalImage, UserDataKind } from './image.ts';
import type { Ledger, OwnedResource } from './ledger.ts';
import type { DiskNeed, PlatformFeature } from './scenario.ts';
import type { Arch, Firmware } from './target.ts';
import type { RenderedUserData } from './user-data.ts';

/** Read-only facts about a platform. Selection and the engine ask these, never the platform's name. */
export interface PlatformCapabilities {
  readonly arches: readonly Arch[];
  readonly features: readonly PlatformFeature[];
  /** User-data formats it can hand over (what the guest understands is in the image's manifest). */
  readonly userData: readonly UserDataKind[];
  /** Most bytes of user-data, when limited. */
  readonly userDataLimit?: number;
}

/** A command-line option of a platform: `--qemu-memory 2048`. */
export interface PlatformFlag {
  /** Without the dashes: `qemu-memory`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Placeholder of the value; absent = a switch. */
  readonly value?: string;
  readonly description: string;
  /** `false` for flags that Go kola has and kola accepts without effect. */
  readonly effective?: boolean;
}

/** One thing that `kola doctor` looked at. */
export interface Finding {
  /** Stable, for machines: `kvm`, `memory`, `qemu-utils`. */
  readonly id: string;
  readonly state: 'present' | 'missing' | 'unusable';
  /** What was found, with numbers: one line. */
  readonly detail: string;
  /** What to do about it. */
  readonly mend?: string;
  /** Runs cannot work without it. */
  readonly vital: boolean;
}

/** Where kola will write; the folders need not exist yet. */
export interface ProbeFolders {
  readonly stateDir: string;
  readonly cacheDir: string;
}

/** Read cheaply by `kola list`; everything heavy (SDKs, child processes) hides behind {@link open}. */
export interface PlatformDefinition {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly capabilities: PlatformCapabilities;
  readonly flags: readonly PlatformFlag[];
  /** `ignition.platform.id` of images made for it: the reference guest is made for this. Absent = `qemu`. */
  readonly oem?: string;
  /** Checks the platform's own options (keys as in `flags`, camelCase); unknown keys are errors. */
  options(): Promise<z.ZodType>;
  /** What this machine has for the platform, and what it lacks: for `kola doctor`. Changes nothing. */
  probe?(arches: readonly Arch[], folders: ProbeFolders): Promise<readonly Finding[]>;
  open(context: FlightContext): Promise<Flight>;
  /** Destroys what the ledger of a dead run still holds. Returns the entries that are gone now. */
  sweep(resources: readonly OwnedResource[], context: SweepContext): Promise<readonly string[]>;
  /** The account behind the platform, apart from any run: for `kola gc` and `kola image`. Absent = there is none. */
  account?(context: AccountContext): Promise<CloudAccount>;
}

export interface SweepContext {
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** What is needed to look into an account without a run. */
export interface AccountContext {
  /** Parsed by {@link PlatformDefinition.options}. */
  readonly options: unknown;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** What an adapter is given for one run on one target. No globals: two flights can live in one process. */
export interface FlightContext {
  readonly run: RunId;
  readonly arch: Arch;
  readonly image: LocalImage;
  /** Parsed by {@link PlatformDefinition.options}. */
  readonly options: unknown;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Folder of mode 0700 outside the run folder, for keys, sockets, overlays. Removed at the end of the run. */
  readonly stateDir: string;
  /** Where frozen machines are kept for later runs; absent = they are not kept. */
  readonly snapshots?: SnapshotPlace;
  /** One line for people: what is being done, and what was decided on their behalf. */
  readonly log: (line: string) => void;
  /** Machines may have to live on when this process ends (`--remove=false`, `kola spawn --detach`). */
  readonly keep?: boolean;
  /** Most machines that the run will have up at once, where that was said. */
  readonly machinesAtOnce?: number;
}

export interface SnapshotPlace {
  /** `$XDG_CACHE_HOME/kola/snapshots`; need not exist. */
  readonly folder: string;
  /** Bytes that all snapshots together may take. */
  readonly limit: number;
}

/** A platform in use: holds what all machines of a run share (a prepared image, a key pair, a network). */
export interface Flight {
  /**
   * Looks at credentials, region, quota and permissions, and says what the run will create and what that costs.
   * Creates nothing. Called once, before {@link prepareImage}; throws when the run cannot work.
   */
  preflight?(signal: AbortSignal): Promise<PreflightReport>;
  /** Makes the image bootable there. Called once, before the first machine. */
  prepareImage(signal: AbortSignal): Promise<void>;
  /** The private address a machine will have, where that is known before it is created. */
  privateAddress(cluster: ClusterRef): string | undefined;
  /** Creates one machine and returns as soon as it is powered on; everything it creates is in the ledger. */
  provision(spec: MachineSpec, signal: AbortSignal): Promise<ProvisionedMachine>;
  /** Keeps booted machines and starts clones of them. Absent where the platform cannot. */
  readonly freezer?: Freezer;
  /** Destroys a machine; fine to call twice. Has a deadline of its own. */
  destroy(machine: MachineId, signal: AbortSignal): Promise<void>;
  /** Factor on boot and scenario deadlines: 1 on hardware, more under emulation. */
  readonly slowdown: number;
  /** Most machines at once, when the platform knows (memory, quota). */
  readonly machineLimit: number | undefined;
  /** Memory and processors for all machines together, where they are limited. */
  readonly memoryLimitMiB?: number;
  readonly vcpuLimit?: number;
  /** Create calls at once; absent = no limit. */
  readonly launchesAtOnce?: number;
  /** The harness's own loopback as machines reach it (10.0.2.2 in QEMU's user network); absent = they cannot. */
  readonly hostAddress?: string;
  /** A size that a machine takes when its scenario says nothing. */
  readonly defaultSize: MachineSize;
  /** Milliseconds that {@link provision} may take, where the engine's ten minutes are too few. */
  readonly provisionLimit?: number | undefined;
  /** Milliseconds that {@link close} may take, where the engine's 20 s are too few. */
  readonly closeLimit?: number;
  /** Ends the flight: shared resources go. Machines were destroyed before. */
  close(signal: AbortSignal): Promise<void>;
}

/** A machine frozen when it was ready. Clones have to have its size, its disks and its place in the cluster. */
export interface Snapshot {
  readonly machine: MachineId;
  /** An earlier run made it. */
  readonly kept?: boolean;
}

/**
 * Machines that were booted once, with memory and disk, for clones to start from ({@link MachineSpec.resume}). They
 * go with the flight, but for those that are kept for later runs.
 */
export interface Freezer {
  /**
   * Path, in the guest, of the serial line on which a machine that is about to be frozen waits. When it has written
   * {@link asleepWord} there it is frozen; a clone reads its {@link awaken} script from there.
   */
  readonly line: string;
  /**
   * What an earlier run kept for machines with this key. `wanted` = nothing, but an earlier run asked as well.
   * Notes that it was asked for.
   */
  recall(key: string, signal: AbortSignal): Promise<Snapshot | 'wanted' | undefined>;
  /** Ends a machine that was made `freezable` and is ready. With a key it is kept for later runs where there is room. */
  freeze(machine: MachineId, key: string | undefined, signal: AbortSignal): Promise<Snapshot>;
  /** Has a clone run a shell script as root, before anybody reaches it. Rejects when it does not answer. */
  awaken(machine: MachineId, script: string, signal: AbortSignal): Promise<void>;
  /** The snapshot is of no use: nobody will be given it again. */
  discard(snapshot: Snapshot): Promise<void>;
}

/** Written by a machine that waits to be frozen, on a line of its own. */
export const asleepWord = 'kola-asleep';
/** Written by a clone that has run its script, with the exit code behind it. */
export const awakeWord = 'kola-awake';

export interface MachineSize {
  readonly memoryMiB: number;
  readonly vcpus: number;
  /** Asked only of platforms with the feature `threads-per-core`; absent = as the platform likes. */
  readonly threadsPerCore?: number;
}

/** The machines of one attempt share a network. */
export interface ClusterRef {
  readonly id: string;
  /** 0-based place of this machine, in order of creation. */
  readonly index: number;
}

export interface MachineSpec {
  readonly id: MachineId;
  readonly role: string;
  readonly cluster: ClusterRef;
  readonly size: MachineSize;
  readonly primaryDiskExtraMiB: number;
  readonly disks: readonly DiskNeed[];
  readonly tpm: boolean;
  readonly firmware?: Firmware;
  readonly userData: RenderedUserData;
  /** Start from this instead of booting; the user-data has been applied there. */
  readonly resume?: Snapshot;
  /** It will be frozen when it is ready ({@link Freezer.freeze}). */
  readonly freezable?: boolean;
  /** Public key (authorized_keys form) for platforms that hand keys over by metadata; absent = must not. */
  readonly metadataKey?: string;
  /** Existing folder in the run folder for this machine's evidence; console.txt goes here. */
  readonly evidenceDir: string;
}

export interface ProvisionedMachine {
  readonly id: MachineId;
  /** The platform's own name for it: an instance id, a process id. */
  readonly platformId: string;
  readonly ssh: { readonly host: string; readonly port: number };
  readonly publicAddress: string;
  readonly privateAddress: string;
  /** Text of the serial console as it comes; undefined where the platform has none. */
  readonly console: ConsoleSource | undefined;
  /** Resolves when the machine went away without being destroyed by us; the error says why. */
  readonly gone: Promise<KolaError>;
}

export interface ConsoleSource {
  /** Chunks from the beginning on; ends with the machine or the signal. */
  follow(signal: AbortSignal): AsyncIterable<string>;
  /** Everything so far. */
  text(): string;
}
