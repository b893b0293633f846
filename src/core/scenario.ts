import type { ImageManifest } from './image.ts';
import type { Machine } from './machine.ts';
import { type Sabotage, sabotageProblem } from './sabotage.ts';
import type { Services } from './services.ts';
import type { Arch } from './target.ts';
import type { UserData } from './user-data.ts';

/** An extra disk. */
export interface DiskNeed {
  /** Appears as `/dev/disk/by-id/virtio-<serial>`. */
  readonly serial: string;
  readonly sizeMiB: number;
}

/**
 * What a caller may hand over for scenarios to work with, by the name of its flag: files by absolute path,
 * everything else as it was written.
 */
export const scenarioInputs = ['devcontainer-url', 'devcontainer-file', 'devcontainer-binhost-url'] as const;
export type ScenarioInput = (typeof scenarioInputs)[number];
export type ScenarioInputs = Readonly<Partial<Record<ScenarioInput, string>>>;

/** What a scenario needs; the planner finds where that can be had. */
export interface ScenarioNeeds {
  /** Image capabilities from the manifest: `docker`, `verity`, `btrfs` … */
  readonly capabilities?: readonly string[];
  /** Most machines that are up at once; default 1. */
  readonly machines?: number;
  /** Platform features: console text, a private network between machines, a TPM … */
  readonly platform?: readonly PlatformFeature[];
  readonly memoryMiB?: number;
  readonly vcpus?: number;
  /** Hardware threads that share a core, for scenarios about just that; `vcpus` has to be a multiple of it. */
  readonly threadsPerCore?: number;
  /** Added to the primary disk's own size. */
  readonly primaryDiskExtraMiB?: number;
  readonly disks?: readonly DiskNeed[];
  readonly tpm?: boolean;
  /**
   * The machine's own first boot is what the scenario is about (Ignition once, verity, kernel arguments, updates):
   * a clone of a booted machine will not do.
   */
  readonly coldBoot?: boolean;
  /** Machines that were cloned share an id unless this is set: their own costs them a few seconds. */
  readonly ownMachineId?: boolean;
  /** Services outside the test network: `internet`, `registry:ghcr.io` … A probe decides; away = blocked. */
  readonly external?: readonly string[];
  /**
   * The same, where the image lacks a capability that makes it unnecessary:
   * `{ 'etcd-program': ['registry:quay.io'] }`.
   */
  readonly externalWithout?: Readonly<Record<string, readonly string[]>>;
  /** Services inside the harness: `http`, `omaha`, `ntp`, `tftp`, `tang`, `discovery`. */
  readonly services?: readonly string[];
}

export const platformFeatures = [
  'console',
  'private-network',
  'private-network-in-initrd',
  'extra-disks',
  'primary-disk-size',
  'threads-per-core',
  'tpm',
  'key-in-metadata',
  'user-data-none',
] as const;
export type PlatformFeature = (typeof platformFeatures)[number];

/** Where a scenario applies. Globs are not allowed here: names only. */
export interface PlatformFilter {
  readonly only?: readonly string[];
  readonly except?: readonly string[];
}

/** `from` inclusive, `until` exclusive, semver of the image (or of what it imitates). */
export interface VersionWindow {
  readonly from?: string;
  readonly until?: string;
}

/** Start checks and log rules that a scenario switches off, because provoking them is its purpose. */
export interface ScenarioAllowances {
  /** Ids of console rules, e.g. `kernel-panic`. */
  readonly rules?: readonly string[];
  /** The machine may have failed units at start. */
  readonly failedUnits?: boolean;
  /** SELinux is left permissive. */
  readonly permissive?: boolean;
  /** The harness does not set `SERVER=disabled` in update.conf. */
  readonly updates?: boolean;
  /** No key in user-data: the platform's metadata must bring it. */
  readonly noKeyInUserData?: boolean;
  /** No key in platform metadata: user-data must bring it. */
  readonly noKeyInMetadata?: boolean;
}

/** A part of a scenario that has a result of its own and may have needs of its own. */
export interface Subtest {
  readonly name: string;
  readonly description?: string;
  readonly needs?: Pick<ScenarioNeeds, 'capabilities' | 'external' | 'externalWithout'>;
  readonly arches?: readonly Arch[];
  run(t: CheckContext): Promise<void>;
}

/** What a scenario may change on a machine that it shares, and put back. */
export const sharedParts = [
  'accounts',
  'units',
  'files',
  'mounts',
  'network',
  'kernel',
  'containers',
] as const;
export type SharedPart = (typeof sharedParts)[number];

/**
 * How a scenario treats a machine that others use, too. `reads`: it only looks, at anything, and leaves no trace.
 * Otherwise it changes some parts and puts them back before it ends, whatever it came to; `reads` then names
 * what else it looks at. Beside it run only scenarios that have nothing to do with what it changes.
 */
export type ShareTrait =
  | 'reads'
  | { readonly changes: readonly SharedPart[]; readonly reads?: readonly SharedPart[] };

/** A machine that exists before the body runs. */
export interface MachinePlan {
  readonly role: string;
  readonly userData?: UserData;
}

/** What a contributor writes: one file, one default export made with {@link scenario}. */
export interface ScenarioSpec {
  readonly name: string;
  readonly description: string;
  readonly owner?: string;
  readonly tracker?: string;
  /** kola or Flatcar version that brought it. */
  readonly since?: string;
  /** `smoke`, areas such as `ignition`, and traits such as `reboot`. */
  readonly tags?: readonly string[];
  readonly platforms?: PlatformFilter;
  readonly arches?: readonly Arch[];
  readonly versions?: VersionWindow;
  readonly channels?: readonly string[];
  readonly needs?: ScenarioNeeds;
  readonly allow?: ScenarioAllowances;
  /** It can run on a machine that other scenarios with equal user-data and needs use before, after and beside it. */
  readonly share?: ShareTrait;
  /** Milliseconds for the body, on real hardware; scaled under emulation. Default 5 minutes. */
  readonly timeout?: number;
  /** For all machines that do not say otherwise. */
  readonly userData?: UserData;
  /** Login user when not `core`. */
  readonly user?: string;
  /** Machines that are up before the body starts. Default: one, `machine`. An empty list: the body makes them. */
  readonly machines?: readonly MachinePlan[];
  readonly subtests?: readonly Subtest[];
  /** A fault under which it must fail: what `kola prove` tries. */
  readonly sabotage?: Sabotage;
  run?(t: ScenarioContext): Promise<void>;
}

/** Checks and waiting: what the body of a scenario and of a sub-test have in common. */
export interface CheckContext {
  /** The first machine. */
  readonly machine: Machine;
  readonly machines: readonly Machine[];
  readonly image: ImageManifest;
  /** Local path of the update that was given for this image; undefined when there is none. */
  readonly updatePayload: string | undefined;
  readonly arch: Arch;
  readonly platform: string;
  /** Services inside the harness that machines can talk to; started on first use, gone with the attempt. */
  readonly services: Services;
  /** What the caller handed over. */
  readonly inputs: ScenarioInputs;
  /** Aborted when the attempt is over, for whatever reason. Pass it on to everything that waits. */
  readonly signal: AbortSignal;
  /** The machine with this role. */
  on(role: string): Machine;
  /** Runs a check: it holds when `body` returns. The id is stable and names what is promised, not how. */
  check<T>(id: string, body: () => Promise<T>): Promise<T>;
  /** A check that `actual` is `expected`. */
  equal<T>(id: string, actual: T, expected: T, what?: string): void;
  /** A check that `actual` matches. */
  match(id: string, actual: string, pattern: RegExp, what?: string): void;
  /** A check that something holds; `otherwise` is the failure's first line. */
  ok(id: string, holds: boolean, otherwise: string): void;
  /** Fails the scenario here and now. */
  fail(message: string): never;
  /** Ends with outcome `skipped`. */
  skip(reason: string): never;
  /** Ends with outcome `blocked`: it could not be tested. */
  block(reason: string): never;
  /** Asks every `every` ms (default 1 s) until the probe says yes or `until` ms (scaled) have passed. */
  eventually<T>(what: string, probe: () => Promise<T | undefined>, options?: WaitOptions): Promise<T>;
  log(line: string): void;
}

export interface WaitOptions {
  readonly every?: number;
  readonly until?: number;
}

export interface ScenarioContext extends CheckContext {
  /** Boots one more machine and waits until it is ready. */
  provision(role: string, userData?: UserData): Promise<Machine>;
  /** Destroys a machine before the end of the scenario. */
  destroy(machine: Machine): Promise<void>;
  /** A sub-test that is only known at run time. */
  subtest(name: string, body: (t: CheckContext) => Promise<void>): Promise<void>;
}

/** A scenario as the rest of kola sees it: defaults filled in. */
export interface Scenario extends ScenarioSpec {
  readonly tags: readonly string[];
  readonly needs: ScenarioNeeds & { readonly machines: number };
  readonly allow: ScenarioAllowances;
  readonly timeout: number;
  readonly machines: readonly MachinePlan[];
}

const defaultTimeout = 5 * 60_000;

/** Declares a scenario. Mistakes in the declaration are thrown when the file is loaded, with the scenario's name. */
export const scenario = (spec: ScenarioSpec): Scenario => {
  const machines = spec.machines ?? [{ role: 'machine' }];
  const most = spec.needs?.machines ?? Math.max(1, machines.length);
  const wrong = (problem: string): never => {
    throw new TypeError(`scenario ${spec.name}: ${problem}`);
  };
  if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/.test(spec.name))
    wrong('a name has letters, digits, dots, dashes and underscores');
  if (spec.run === undefined && (spec.subtests ?? []).length === 0) wrong('neither run nor subtests');
  if (most < machines.length) wrong(`needs.machines is ${most} but ${machines.length} machines are listed`);
  const roles = machines.map(machine => machine.role);
  if (new Set(roles).size !== roles.length) wrong(`two machines with one role among ${roles.join(', ')}`);
  const names = (spec.subtests ?? []).map(subtest => subtest.name);
  if (new Set(names).size !== names.length) wrong(`two sub-tests with one name among ${names.join(', ')}`);
  const fault = spec.sabotage === undefined ? undefined : sabotageProblem(spec.sabotage);
  if (fault !== undefined) wrong(fault);
  if (!wholeCores(spec.needs)) wrong('needs.vcpus is not a multiple of needs.threadsPerCore');
  if (spec.share !== undefined) checkShare(spec, most, machines, wrong);
  return {
    ...spec,
    tags: spec.tags ?? [],
    needs: { ...spec.needs, machines: most },
    allow: spec.allow ?? {},
    timeout: spec.timeout ?? defaultTimeout,
    machines,
  };
};

const wholeCores = ({ vcpus, threadsPerCore }: ScenarioNeeds = {}): boolean =>
  threadsPerCore === undefined || (vcpus !== undefined && vcpus % threadsPerCore === 0);

const checkShare = (
  { needs, share }: ScenarioSpec,
  most: number,
  machines: readonly MachinePlan[],
  wrong: (problem: string) => never,
): void => {
  if (most !== 1 || machines.length !== 1) wrong('share is for scenarios with one machine that is up before');
  if (needs?.coldBoot === true) wrong('share and needs.coldBoot exclude one another');
  if (needs?.tpm === true) wrong('share and needs.tpm exclude one another: a TPM keeps what it was told');
  if (share !== 'reads' && share?.changes.length === 0) wrong('share.changes is empty; say "reads" instead');
};
