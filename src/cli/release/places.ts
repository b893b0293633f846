import { UsageError } from '../../core/errors.ts';
import type { PlatformDefinition } from '../../core/platform.ts';
import type { Arch } from '../../core/target.ts';
import { channelRules, type LoadedPolicy } from '../../gate/policy/load.ts';
import type { Matrix } from '../../gate/policy/matrix.ts';
import type { AbsentPlace, PlatformLimits } from '../../plan/matrix.ts';

/** A platform and architecture of a channel that this kola can run on. */
export interface ReleasePlace {
  readonly platform: PlatformDefinition;
  readonly arch: Arch;
  /** The main type first; the others run the smoke tier only. */
  readonly types: readonly MachineType[];
  readonly limits: PlatformLimits;
}

export interface MachineType {
  /** In the platform's own words. */
  readonly type: string;
  /** Empty for the main type. */
  readonly variant: string;
  /** Flags of the adapter that this type comes to: `aws-type` → `m4.2xlarge`. */
  readonly flags: ReadonlyMap<string, string | true>;
}

export interface PlaceInput {
  readonly policy: LoadedPolicy;
  readonly matrix: Matrix;
  readonly known: readonly PlatformDefinition[];
  readonly channel: string;
  /** Empty = all that the channel has. */
  readonly platforms: readonly string[];
  readonly arches: readonly Arch[];
}

/** Splits the channel's places by what can be done about them here. Every place of the policy is in one of the lists. */
export const choosePlaces = (
  input: PlaceInput,
): { readonly places: readonly ReleasePlace[]; readonly absent: readonly AbsentPlace[] } => {
  const rules = channelRules(input.policy.policy, input.channel);
  const wanted = rules.arches
    .filter(({ arch }) => input.arches.length === 0 || input.arches.includes(arch))
    .flatMap(({ arch, platforms }) =>
      [...platforms.blocking, ...platforms.informing].map(platform => ({ platform, arch })),
    )
    .filter(({ platform }) => input.platforms.length === 0 || input.platforms.includes(platform));
  const judged = wanted.map(({ platform, arch }) => judge(platform, arch, input));
  return {
    places: judged.filter(one => 'types' in one),
    absent: judged.filter(one => 'state' in one),
  };
};

const judge = (name: string, arch: Arch, input: PlaceInput): ReleasePlace | AbsentPlace => {
  const said = input.policy.policy.platforms[name];
  const absent = (state: AbsentPlace['state'], note: string): AbsentPlace => ({
    platform: name,
    arch,
    state,
    note,
  });
  if (said?.results === 'unavailable') return absent('unavailable', said.note ?? 'not available');
  if (said?.results === 'imported') return absent('imported', said.note ?? 'results come from elsewhere');
  const platform = input.known.find(one => one.name === name || one.aliases.includes(name));
  const row = input.matrix.platforms[name];
  const machines = row?.arches[arch];
  if (platform === undefined)
    return absent('no-adapter', `kola has no adapter for ${name}: its results are imported`);
  if (!platform.capabilities.arches.includes(arch))
    return absent('no-adapter', `the adapter for ${name} has no ${arch} machines`);
  if (row === undefined || machines === undefined)
    return absent('no-adapter', `policy/matrix.yaml has no machine type for ${name}/${arch}`);
  for (const flag of [row.typeFlag, row.regionFlag, ...Object.values(row.variantFlags)])
    if (flag !== undefined && !platform.flags.some(one => one.name === flag))
      throw new UsageError(
        'matrix-flag',
        `policy/matrix.yaml: ${name} takes --${flag}, which its adapter does not have`,
      );
  const region = machines.region ?? row.region;
  const flagsOf = (type: string): MachineType['flags'] => {
    const [bare = type, ...switches] = row.typeFlag === undefined ? [type] : type.split('+');
    const firmware =
      machines.firmware === undefined ? [] : [[`${name}-firmware`, machines.firmware] as const];
    return new Map<string, string | true>([
      ...firmware,
      ...(row.typeFlag === undefined ? [] : [[row.typeFlag, bare] as const]),
      ...(row.regionFlag === undefined || region === undefined ? [] : [[row.regionFlag, region] as const]),
      ...switches.flatMap(one => {
        const flag = row.variantFlags[one];
        return flag === undefined ? [] : [[flag, true] as const];
      }),
    ]);
  };
  return {
    platform,
    arch,
    types: [machines.type, ...machines.smokeTypes].map((type, index) => ({
      type,
      variant: index === 0 ? '' : type,
      flags: flagsOf(type),
    })),
    limits: { machines: row.quota.vms, limitHours: row.limitHours },
  };
};
