import type { Arch } from '../core/target.ts';
import { makespan } from './makespan.ts';
import type { CellScenario, MatrixCell, PlatformLimits } from './matrix.ts';
import { shardOf } from './shard.ts';

/** One entry of a CI matrix: a part of a place, which `kola release --shard` runs from its smoke tier to its end. */
export interface CiEntry {
  readonly platform: string;
  readonly arch: Arch;
  /** `1/2`, as `--shard` takes it. */
  readonly shard: string;
  /** Machines at once: this entry's part of the platform's quota, as all entries may run at the same time. */
  readonly parallel: number;
  readonly scenarios: number;
  readonly expectedMinutes: number;
  /** The platform needs the credentials of an account. */
  readonly account: boolean;
}

export interface CiMatrixInput {
  readonly cells: readonly MatrixCell[];
  readonly limits: ReadonlyMap<string, PlatformLimits>;
  /** Parts that each place is cut into. */
  readonly shards: number;
  /** Platforms with an account behind them. */
  readonly accounts: ReadonlySet<string>;
}

/** Cuts the places of a release into entries that need nothing of each other; a part without scenarios is none. */
export const ciMatrix = ({ cells, limits, shards, accounts }: CiMatrixInput): readonly CiEntry[] => {
  const places = [...Map.groupBy(cells, ({ platform, arch }) => `${platform}/${arch}`).values()];
  const parts = places.flatMap(own =>
    Array.from({ length: shards }, (_, index) => partOf(own, index + 1, shards)),
  );
  const filled = parts.filter(({ tiers }) => tiers.length > 0);
  return filled.map(({ platform, arch, shard, tiers }) => {
    const siblings = filled.filter(other => other.platform === platform).length;
    const parallel = Math.max(1, Math.floor((limits.get(platform)?.machines ?? 1) / siblings));
    // Tiers and machine types of a place are run one after another.
    const minutes = tiers.reduce((sum, tier) => sum + spanOf(tier, parallel), 0) / 60_000;
    return {
      platform,
      arch,
      shard,
      parallel,
      scenarios: tiers.reduce((sum, tier) => sum + tier.length, 0),
      expectedMinutes: Math.round(minutes * 10) / 10,
      account: accounts.has(platform),
    };
  });
};

interface Part extends Pick<CiEntry, 'platform' | 'arch' | 'shard'> {
  /** The scenarios of each tier on each machine type; none is empty. */
  readonly tiers: readonly (readonly CellScenario[])[];
}

const partOf = (cells: readonly MatrixCell[], part: number, shards: number): Part => {
  const [first] = cells;
  if (first === undefined) throw new RangeError('a place has at least one machine type');
  const { platform, arch } = first;
  const tiers = cells
    .flatMap(({ smoke, full, update }) => [smoke, full, update])
    .map(tier => tier.filter(({ name }) => shardOf(name, shards) === part))
    .filter(tier => tier.length > 0);
  return { platform, arch, shard: `${part}/${shards}`, tiers };
};

const spanOf = (tier: readonly CellScenario[], machines: number): number =>
  makespan(
    tier.map(one => ({ demand: { machines: one.machines, memoryMiB: 0, vcpus: 0 }, expected: one.expected })),
    { machines, memoryMiB: Number.POSITIVE_INFINITY, vcpus: Number.POSITIVE_INFINITY },
  );
