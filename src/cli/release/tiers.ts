import { hourlyPrice } from '../../cloud/prices.ts';
import type { ImageManifest } from '../../core/image.ts';
import type { PlatformDefinition } from '../../core/platform.ts';
import type { Scenario } from '../../core/scenario.ts';
import { type Target, updateVariant } from '../../core/target.ts';
import type { Matrix } from '../../gate/policy/matrix.ts';
import { flatcarManifest } from '../../image/flatcar.ts';
import { matchesAny } from '../../plan/glob.ts';
import type { CellScenario, MatrixCell } from '../../plan/matrix.ts';
import { whyNot } from '../../plan/select.ts';
import type { SelectionRequest } from '../../plan/selection.ts';
import type { UpdateStart } from '../../plan/update-starts.ts';
import { openDurations } from '../../run/durations.ts';
import type { MachineType, ReleasePlace } from './places.ts';

/**
 * The smoke tier has the tag, or is named; everything else is the full tier, but for what installs an update: that has to
 * start with another image.
 */
export const splitTiers = (
  scenarios: readonly Scenario[],
  { smoke, update }: Matrix,
): { readonly smoke: readonly Scenario[]; readonly full: readonly Scenario[] } => {
  const isSmoke = (one: Scenario): boolean =>
    one.tags.includes(smoke.tag) || (smoke.scenarios.length > 0 && matchesAny(one.name, smoke.scenarios));
  const updates = (one: Scenario): boolean =>
    update.from.some(start => matchesAny(one.name, start.scenarios));
  return {
    smoke: scenarios.filter(isSmoke),
    full: scenarios.filter(one => !isSmoke(one) && !updates(one)),
  };
};

export const updateTier = (
  scenarios: readonly Scenario[],
  start: Pick<UpdateStart, 'scenarios'>,
): readonly Scenario[] => scenarios.filter(one => matchesAny(one.name, start.scenarios));

/** The release before the candidate, as long as nobody knows which one that is. */
const unknownStart = 'previous';

/** How a start is called where machine types are. */
export const startVariant = ({ version }: Pick<UpdateStart, 'version'>): string =>
  updateVariant(version ?? unknownStart);

/** Milliseconds that a scenario is taken to need when nothing is known of it; as the engine takes it. */
const unknownDuration = 180_000;

export interface CellInput {
  readonly matrix: Matrix;
  readonly scenarios: readonly Scenario[];
  readonly selection: SelectionRequest;
  readonly channel: string;
  readonly stateRoot: string;
  /** Of the image where it is known; undefined = one that provides everything, and no version window applies. */
  readonly manifestFor: (place: ReleasePlace) => ImageManifest;
  readonly versionKnown: boolean;
}

/** What would run on each type of a place, as a run would select it. */
export const cellsOf = (place: ReleasePlace, input: CellInput): readonly MatrixCell[] => {
  const { platform, arch } = place;
  const selected = selector(place, input.manifestFor(place), input);
  const tiers = splitTiers(input.scenarios, input.matrix);
  const [smoke, full] = [selected(tiers.smoke), selected(tiers.full)];
  return place.types.map(one => ({
    platform: platform.name,
    arch,
    type: one.type,
    variant: one.variant,
    smoke,
    full: one.variant === '' ? full : [],
    update: [],
    hourly: hourlyOf(platform, one),
  }));
};

/** What would be updated from one release in a place; `manifest` is that of its image, where it is at hand. */
export const updateCell = (
  place: ReleasePlace,
  start: UpdateStart,
  input: CellInput,
  manifest?: ImageManifest,
): MatrixCell => {
  const [main] = place.types;
  if (main === undefined) throw new RangeError('a place has a main type');
  const { channel, version } = start;
  const guessed = flatcarManifest({ arch: place.arch, version: version ?? 'unknown', channel });
  const select = selector(place, manifest ?? guessed, { ...input, versionKnown: version !== undefined });
  return {
    platform: place.platform.name,
    arch: place.arch,
    type: main.type,
    variant: startVariant(start),
    smoke: [],
    full: [],
    update: select(updateTier(input.scenarios, start)),
    hourly: hourlyOf(place.platform, main),
  };
};

/** Picks what a run in a place would select, with what is known of its duration. */
const selector = (
  { platform, arch }: ReleasePlace,
  manifest: ImageManifest,
  input: CellInput,
): ((scenarios: readonly Scenario[]) => readonly CellScenario[]) => {
  const known = openDurations(input.stateRoot, platform.name, arch);
  const target: Target = {
    platform: platform.name,
    arch,
    channel: input.channel,
    image: { name: manifest.name, kind: manifest.kind, digest: '', version: manifest.version },
  };
  const context = {
    target,
    manifest,
    capabilities: platform.capabilities,
    platformAliases: platform.aliases,
  };
  return scenarios =>
    scenarios
      .map(one => (input.versionKnown ? one : withoutVersions(one)))
      .filter(one => whyNot(one, context, input.selection) === undefined)
      .map(one => ({
        name: one.name,
        machines: one.needs.machines,
        expected: known.known(one.name)?.took ?? unknownDuration,
      }));
};

const withoutVersions = ({ versions: _, ...scenario }: Scenario): Scenario => scenario;

/** Without an account behind it, a platform costs nothing. */
const hourlyOf = (platform: PlatformDefinition, { type }: MachineType): number | undefined =>
  platform.account === undefined ? 0 : hourlyPrice(platform.name, type.split('+', 1)[0] ?? type, 1)?.amount;
