import { join } from 'node:path';
import { InterruptedError } from '../../core/errors.ts';
import type { LocalImage } from '../../core/image.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import type { PlatformDefinition } from '../../core/platform.ts';
import type { Reporter } from '../../core/reporter.ts';
import type { Scenario } from '../../core/scenario.ts';
import type { Tier } from '../../plan/matrix.ts';
import type { MachinePorts } from '../../run/ports.ts';
import type { RunRequest, RunSummary, TargetRequest } from '../../run/request.ts';
import type { PlaceWithImage } from './images.ts';
import type { MachineType, ReleasePlace } from './places.ts';
import { startVariant } from './tiers.ts';
import type { UpdatePlace } from './updates.ts';

/** What one run of a release is: a tier in a place, on one machine type, with one image. */
export interface ReleasePart {
  readonly place: ReleasePlace;
  readonly type: MachineType;
  readonly tier: Tier;
  readonly image: LocalImage;
  readonly scenarios: readonly Scenario[];
  /** The release that machines start with and what they install, in the update tier. */
  readonly update?: Pick<UpdatePlace, 'start' | 'payload'>;
}

/** What is run, with everything that touches the world given. */
export interface ExecuteInput {
  readonly ready: readonly PlaceWithImage[];
  readonly updates: readonly UpdatePlace[];
  readonly tiers: { readonly smoke: readonly Scenario[]; readonly full: readonly Scenario[] };
  /** The engine's request without a target, for a platform. */
  readonly base: (
    platform: PlatformDefinition,
    scenarios: readonly Scenario[],
  ) => Promise<Omit<RunRequest, 'targets' | 'ports' | 'reporters'>>;
  readonly optionsFor: (platform: PlatformDefinition, type: MachineType) => Promise<unknown>;
  /** Puts the image of a place where all of its tiers find it, until they are over. */
  readonly shareImage?: (ready: PlaceWithImage, signal: AbortSignal) => Promise<AsyncDisposable>;
  readonly channel: string;
  /** One run folder for each part is made in it. */
  readonly partsDir: string;
  readonly ports: MachinePorts;
  readonly reporters: (part: string) => readonly Reporter[];
  readonly execute: (request: RunRequest, part: ReleasePart) => Promise<RunSummary>;
  /** Aborted when the run has cost enough. */
  readonly noNewStarts: AbortSignal;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** A run that was made: its folder and how it ended. */
export interface RunPart {
  readonly folder: string;
  readonly exitCode: ExitCode;
}

/**
 * Runs everything: platforms beside each other, the places of one platform one after another, because they share its quota.
 * In each place the smoke tier comes first, on every type; when it fails on the main one, the other tiers are not started,
 * and every result says so.
 */
export const executeRelease = async (input: ExecuteInput): Promise<readonly RunPart[]> => {
  const byPlatform = [...Map.groupBy(input.ready, ({ place }) => place.platform).values()];
  const parts = await Promise.all(byPlatform.map(places => runPlatform(places, input)));
  return parts.flat();
};

const runPlatform = async (
  places: readonly PlaceWithImage[],
  input: ExecuteInput,
): Promise<readonly RunPart[]> => {
  const parts: RunPart[] = [];
  for (const place of places) parts.push(...(await runPlace(place, input)));
  return parts;
};

const runPlace = async (ready: PlaceWithImage, input: ExecuteInput): Promise<readonly RunPart[]> => {
  const { place } = ready;
  const image = ready.image.image;
  const [main, ...further] = place.types;
  if (main === undefined) return [];
  const limit = stopAfter(place, input);
  const { noNewStarts, tiers } = input;
  try {
    const own = { ...input, signal: AbortSignal.any([input.signal, limit.signal]) };
    await using _image = await input.shareImage?.(ready, own.signal);
    const smoke = { place, image, tier: 'smoke', scenarios: tiers.smoke } as const;
    const first = await runPart({ ...smoke, type: main }, noNewStarts, own);
    const parts = [first];
    for (const type of further) parts.push(await runPart({ ...smoke, type }, noNewStarts, own));
    const gate = mayGoOn(first.exitCode)
      ? noNewStarts
      : AbortSignal.any([AbortSignal.abort(closed(place)), noNewStarts]);
    const rest: readonly ReleasePart[] = [
      { place, image, type: main, tier: 'full', scenarios: tiers.full },
      ...updatesOf(ready, main, input),
    ];
    for (const part of rest) parts.push(await runPart(part, gate, own));
    return parts;
  } finally {
    limit.end();
  }
};

const updatesOf = (
  { place }: PlaceWithImage,
  type: MachineType,
  { updates }: ExecuteInput,
): readonly ReleasePart[] =>
  updates
    .filter(update => update.place === place)
    .map(({ from, scenarios, start, payload }) => ({
      place,
      type,
      tier: 'update',
      image: from,
      scenarios,
      update: { start, payload },
    }));

/** Flaky or empty is no reason to leave the rest untested. */
const mayGoOn = (code: ExitCode): boolean =>
  code === exitCode.passed || code === exitCode.flaky || code === exitCode.nothingSelected;

const closed = ({ platform, arch }: ReleasePlace): InterruptedError =>
  new InterruptedError(`not started: the smoke tier on ${platform.name}/${arch} did not pass`);

const stopAfter = (
  { platform, limits }: ReleasePlace,
  { log }: ExecuteInput,
): { readonly signal: AbortSignal; readonly end: () => void } => {
  const controller = new AbortController();
  const hours = limits.limitHours;
  if (hours === undefined) return { signal: controller.signal, end: () => {} };
  const timer = setTimeout(() => {
    log(`Stopping the tests on ${platform.name}: they may take ${hours} hours`);
    controller.abort(new InterruptedError(`stopped after ${hours} hours, the limit for ${platform.name}`));
  }, hours * 3_600_000);
  timer.unref();
  return { signal: controller.signal, end: () => clearTimeout(timer) };
};

const runPart = async (
  part: ReleasePart,
  noNewStarts: AbortSignal,
  input: ExecuteInput,
): Promise<RunPart> => {
  const { place, tier, type } = part;
  const { platform, arch, limits } = place;
  const variant = variantOf(part);
  // A machine type may hold characters that mean something to a shell or in a path.
  const kind = variant === '' ? '' : `-${variant.replace(/[^\w.-]+/g, '_')}`;
  const name = `${platform.name}-${arch}${kind}-${tier}`;
  const base = await input.base(platform, part.scenarios);
  const { latestLink: _, ...rest } = base;
  const asked = base.parallel === 'auto' && platform.account !== undefined ? limits.machines : base.parallel;
  const options = await input.optionsFor(platform, type);
  const summary = await input.execute(
    {
      ...rest,
      outputDir: join(input.partsDir, name),
      parallel: asked === 'auto' ? 'auto' : Math.min(asked, limits.machines),
      targets: [targetOf(part, options, input)],
      ports: input.ports,
      reporters: input.reporters(name),
      noNewStarts,
      signal: input.signal,
    },
    part,
  );
  return { folder: summary.runDir, exitCode: summary.exitCode };
};

const variantOf = ({ type, update }: ReleasePart): string =>
  update === undefined ? type.variant : startVariant(update.start);

const targetOf = (part: ReleasePart, options: unknown, { channel }: ExecuteInput): TargetRequest => {
  const { place, image, update } = part;
  const variant = variantOf(part);
  return {
    platform: place.platform,
    arch: place.arch,
    image,
    // What starts may be of another channel than what is tested.
    channel: update === undefined ? (image.manifest.channel ?? channel) : channel,
    options,
    ...(variant === '' ? {} : { variant }),
    ...(update === undefined ? {} : { candidate: update.payload.candidate }),
  };
};
