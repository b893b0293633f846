import type { Arch } from '../core/target.ts';
import { makespan } from './makespan.ts';
import { type Capacity, lowerBound, type Waiting } from './pack.ts';
import { shardOf } from './shard.ts';

export interface CellScenario {
  readonly name: string;
  readonly machines: number;
  /** Milliseconds of a whole attempt, boot included. */
  readonly expected: number;
}

/**
 * `smoke`: runs first, and the other tiers of its place only run when nothing of it failed. `update`: machines start with
 * an older release and install the candidate.
 */
export type Tier = 'smoke' | 'full' | 'update';

/** One machine type of a platform and architecture that this kola can run on. */
export interface MatrixCell {
  readonly platform: string;
  readonly arch: Arch;
  /** Machine type in the platform's own words. */
  readonly type: string;
  /** Empty for the main type; further types run the smoke tier only, and starts of updates the update tier. */
  readonly variant: string;
  readonly smoke: readonly CellScenario[];
  readonly full: readonly CellScenario[];
  readonly update: readonly CellScenario[];
  /** Price of one machine for an hour; undefined = not known. */
  readonly hourly: number | undefined;
}

/** A place whose results come from elsewhere, or from nowhere. */
export interface AbsentPlace {
  readonly platform: string;
  readonly arch: Arch;
  readonly state: 'imported' | 'unavailable' | 'no-adapter';
  readonly note: string;
}

export interface PlatformLimits {
  /** Machines at once, over all architectures and types. */
  readonly machines: number;
  /** Hours after which a run is stopped; undefined = never. */
  readonly limitHours: number | undefined;
}

/** One job: a shard of a tier on one machine type. Fits one entry of a CI matrix. */
export interface PlannedJob {
  readonly platform: string;
  readonly arch: Arch;
  readonly type: string;
  readonly variant: string;
  readonly tier: Tier;
  /** `1/2`, as `--shard` takes it. */
  readonly shard: string;
  readonly scenarios: number;
  /** Machines at once, as `--parallel` takes it: this job's part of the platform's quota. */
  readonly parallel: number;
  /** Machines that are created in all. */
  readonly machines: number;
  readonly expectedMinutes: number;
  readonly limitHours: number | null;
  /** null = no price is known. */
  readonly cost: number | null;
}

export interface MatrixPlan {
  readonly jobs: readonly PlannedJob[];
  readonly absent: readonly AbsentPlace[];
  readonly totals: {
    readonly scenarios: number;
    readonly machines: number;
    readonly machineHours: number;
    readonly cost: number;
    /** Types without a price: the cost leaves them out. */
    readonly unpriced: readonly string[];
  };
  /** Minutes that no schedule within the quotas can beat, when nothing is retried. */
  readonly lowerBoundMinutes: number;
  /** Minutes that the jobs take when all platforms work side by side. */
  readonly expectedMinutes: number;
}

export interface MatrixInput {
  readonly cells: readonly MatrixCell[];
  readonly absent: readonly AbsentPlace[];
  readonly limits: ReadonlyMap<string, PlatformLimits>;
  /** Parts that each full tier is cut into. */
  readonly shards: number;
}

const minute = 60_000;
const cents = (amount: number): number => Math.round(amount * 100) / 100;
const tenths = (number: number): number => Math.round(number * 10) / 10;

/** Lays the work of a release out. Pure: what it rests on is given. */
export const planMatrix = (input: MatrixInput): MatrixPlan => {
  const jobs = input.cells.flatMap(cell => jobsOf(cell, input));
  const everything = input.cells.flatMap(cell => scenariosOf(cell).map(one => ({ cell, one })));
  const platforms = [...new Set(input.cells.map(({ platform }) => platform))];
  return {
    jobs,
    absent: input.absent,
    totals: {
      scenarios: everything.length,
      machines: everything.reduce((sum, { one }) => sum + one.machines, 0),
      machineHours: tenths(everything.reduce((sum, { one }) => sum + hoursOf(one), 0)),
      cost: cents(everything.reduce((sum, { cell, one }) => sum + hoursOf(one) * (cell.hourly ?? 0), 0)),
      unpriced: [
        ...new Set(
          input.cells
            .filter(({ hourly }) => hourly === undefined)
            .map(({ platform, type }) => `${platform} ${type}`),
        ),
      ],
    },
    lowerBoundMinutes: tenths(Math.max(0, ...platforms.map(name => boundOf(name, input))) / minute),
    expectedMinutes: tenths(Math.max(0, ...platforms.map(name => spanOf(name, input, jobs)))),
  };
};

/** Of all tiers. */
export const scenariosOf = ({ smoke, full, update }: MatrixCell): readonly CellScenario[] => [
  ...smoke,
  ...full,
  ...update,
];

const hoursOf = ({ machines, expected }: CellScenario): number => (machines * expected) / (60 * minute);

const jobsOf = (cell: MatrixCell, input: MatrixInput): readonly PlannedJob[] => {
  const parts = Array.from({ length: input.shards }, (_, index) => index + 1);
  return [
    ...(cell.smoke.length === 0 ? [] : [jobOf(cell, 'smoke', cell.smoke, '1/1', input)]),
    ...parts.flatMap(part => {
      const own = cell.full.filter(({ name }) => shardOf(name, input.shards) === part);
      return own.length === 0 ? [] : [jobOf(cell, 'full', own, `${part}/${input.shards}`, input)];
    }),
    ...(cell.update.length === 0 ? [] : [jobOf(cell, 'update', cell.update, '1/1', input)]),
  ];
};

const jobOf = (
  cell: MatrixCell,
  tier: Tier,
  scenarios: readonly CellScenario[],
  shard: string,
  input: MatrixInput,
): PlannedJob => {
  const { platform, arch, type, variant, hourly } = cell;
  const limits = limitsOf(platform, input);
  const parallel = Math.max(1, Math.floor(limits.machines / sideBySide(platform, input)));
  const hours = scenarios.reduce((sum, one) => sum + hoursOf(one), 0);
  return {
    platform,
    arch,
    type,
    variant,
    tier,
    shard,
    scenarios: scenarios.length,
    parallel,
    machines: scenarios.reduce((sum, one) => sum + one.machines, 0),
    expectedMinutes: tenths(makespan(scenarios.map(waitingOf), machinesOnly(parallel)) / minute),
    limitHours: limits.limitHours ?? null,
    cost: hourly === undefined ? null : cents(hours * hourly),
  };
};

/** Jobs of one platform that share its quota at the same time: all of its types and shards. Updates come after them. */
const sideBySide = (platform: string, { cells, shards }: MatrixInput): number => {
  const own = cells.filter(cell => cell.platform === platform && cell.smoke.length + cell.full.length > 0);
  return Math.max(
    1,
    own.reduce((sum, { variant }) => sum + (variant === '' ? shards : 1), 0),
  );
};

const limitsOf = (platform: string, { limits }: MatrixInput): PlatformLimits =>
  limits.get(platform) ?? { machines: 1, limitHours: undefined };

const machinesOnly = (machines: number): Capacity => ({
  machines,
  memoryMiB: Number.POSITIVE_INFINITY,
  vcpus: Number.POSITIVE_INFINITY,
});

const waitingOf = ({ machines, expected }: CellScenario): Waiting => ({
  demand: { machines, memoryMiB: 0, vcpus: 0 },
  expected,
});

/** All work spread over the quota; and of each place, the longest of the smoke tier and then the longest of the rest. */
const boundOf = (platform: string, input: MatrixInput): number => {
  const cells = input.cells.filter(cell => cell.platform === platform);
  const work = cells.flatMap(scenariosOf).map(waitingOf);
  const longest = (scenarios: readonly CellScenario[]): number =>
    Math.max(0, ...scenarios.map(({ expected }) => expected));
  return Math.max(
    lowerBound(work, machinesOnly(limitsOf(platform, input).machines)),
    ...cells.map(({ smoke, full, update }) => longest(smoke) + Math.max(longest(full), longest(update))),
  );
};

/** The tiers of a machine type one after another, of each its longest shard. */
const spanOf = (platform: string, input: MatrixInput, jobs: readonly PlannedJob[]): number => {
  const cells = input.cells.filter(cell => cell.platform === platform);
  return Math.max(
    0,
    ...cells.map(({ arch, variant }) => {
      const own = jobs.filter(
        job => job.platform === platform && job.arch === arch && job.variant === variant,
      );
      const longest = (tier: Tier): number =>
        Math.max(0, ...own.filter(job => job.tier === tier).map(job => job.expectedMinutes));
      return longest('smoke') + longest('full') + longest('update');
    }),
  );
};
