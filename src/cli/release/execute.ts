import { join } from 'node:path';
import { InterruptedError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import type { PlatformDefinition } from '../../core/platform.ts';
import type { Reporter } from '../../core/reporter.ts';
import type { Scenario } from '../../core/scenario.ts';
import type { Tier } from '../../plan/matrix.ts';
import type { MachinePorts } from '../../run/ports.ts';
import type { RunRequest, RunSummary } from '../../run/request.ts';
import type { PlaceWithImage } from './images.ts';
import type { MachineType } from './places.ts';

/** What is run, with everything that touches the world given. */
export interface ExecuteInput {
  readonly ready: readonly PlaceWithImage[];
  readonly tiers: { readonly smoke: readonly Scenario[]; readonly full: readonly Scenario[] };
  /** The engine's request without a target, for a platform. */
  readonly base: (
    platform: PlatformDefinition,
    scenarios: readonly Scenario[],
  ) => Promise<Omit<RunRequest, 'targets' | 'ports' | 'reporters'>>;
  readonly optionsFor: (platform: PlatformDefinition, type: MachineType) => Promise<unknown>;
  readonly channel: string;
  /** One run folder for each part is made in it. */
  readonly partsDir: string;
  readonly ports: MachinePorts;
  readonly reporters: (part: string) => readonly Reporter[];
  readonly execute: (request: RunRequest) => Promise<RunSummary>;
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
 * In each place the smoke tier comes first, on every type; when it fails on the main one, the full tier is not started, and
 * every result says so.
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
  const [main, ...further] = place.types;
  if (main === undefined) return [];
  const limit = stopAfter(ready, input);
  try {
    const own = { ...input, signal: AbortSignal.any([input.signal, limit.signal]) };
    const smoke = await runPart(ready, main, 'smoke', input.noNewStarts, own);
    const parts = [smoke];
    for (const type of further) parts.push(await runPart(ready, type, 'smoke', input.noNewStarts, own));
    const gate = mayGoOn(smoke.exitCode)
      ? input.noNewStarts
      : AbortSignal.any([AbortSignal.abort(closed(ready)), input.noNewStarts]);
    parts.push(await runPart(ready, main, 'full', gate, own));
    return parts;
  } finally {
    limit.end();
  }
};

/** Flaky or empty is no reason to leave the rest untested. */
const mayGoOn = (code: ExitCode): boolean =>
  code === exitCode.passed || code === exitCode.flaky || code === exitCode.nothingSelected;

const closed = ({ place: { platform, arch } }: PlaceWithImage): InterruptedError =>
  new InterruptedError(`not started: the smoke tier on ${platform.name}/${arch} did not pass`);

const stopAfter = (
  { place: { platform, limits } }: PlaceWithImage,
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
  { place, image }: PlaceWithImage,
  type: MachineType,
  tier: Tier,
  noNewStarts: AbortSignal,
  input: ExecuteInput,
): Promise<RunPart> => {
  const { platform, arch, limits } = place;
  // A machine type may hold characters that mean something to a shell or in a path.
  const kind = type.variant === '' ? '' : `-${type.variant.replace(/[^\w.-]+/g, '_')}`;
  const name = `${platform.name}-${arch}${kind}-${tier}`;
  const base = await input.base(platform, input.tiers[tier]);
  const { latestLink: _, ...rest } = base;
  const asked = base.parallel === 'auto' && platform.account !== undefined ? limits.machines : base.parallel;
  const summary = await input.execute({
    ...rest,
    outputDir: join(input.partsDir, name),
    parallel: asked === 'auto' ? 'auto' : Math.min(asked, limits.machines),
    targets: [
      {
        platform,
        arch,
        image: image.image,
        channel: image.image.manifest.channel ?? input.channel,
        options: await input.optionsFor(platform, type),
        ...(type.variant === '' ? {} : { variant: type.variant }),
      },
    ],
    ports: input.ports,
    reporters: input.reporters(name),
    noNewStarts,
    signal: input.signal,
  });
  return { folder: summary.runDir, exitCode: summary.exitCode };
};
