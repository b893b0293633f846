import { mkdirSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import type { PlatformDefinition } from '../../core/platform.ts';
import type { Scenario } from '../../core/scenario.ts';
import type { Matrix } from '../../gate/policy/matrix.ts';
import { type AbsentPlace, type MatrixPlan, planMatrix } from '../../plan/matrix.ts';
import type { RemoteHosts } from '../../run/executor.ts';
import type { MachinePorts } from '../../run/ports.ts';
import type { RunRequest, RunSummary } from '../../run/request.ts';
import type { CommandInput } from '../command.ts';
import { gatherAll } from '../gate/evidence.ts';
import { tellVerdict } from '../gate/verdict.ts';
import { importRunFolder } from '../import-run-folder.ts';
import { knownIssuesOf } from '../known-issues.ts';
import { stateRoot } from '../kola-folders.ts';
import { factsFile } from '../merge-facts.ts';
import { mergeFolders } from '../merge-folders.ts';
import { paceFor, queueOf, quotasOf } from '../options/queue.ts';
import { storeOf } from '../options/store.ts';
import { boardsOf, selectionOf } from '../options/values.ts';
import { platformSettings } from '../platform-settings.ts';
import { loadPolicyFiles } from '../policy-files.ts';
import { redactArgv } from '../redact-argv.ts';
import { cacheLimit, fetchOptions } from '../release-images.ts';
import { placeRun, shownPath } from '../run-folder.ts';
import { plainRequest } from '../run-request.ts';
import { executeRelease, type RunPart } from './execute.ts';
import { knownVersions, recordFacts, writeFacts } from './facts.ts';
import { type PlaceWithImage, resolveImages } from './images.ts';
import { partLines } from './lines.ts';
import { resolveStream } from './lts.ts';
import { meterOf } from './meter.ts';
import { partExecutor } from './part-executor.ts';
import { choosePlaces, type MachineType, type ReleasePlace } from './places.ts';
import { matrixOf } from './settings.ts';
import { shareImage } from './shared-image.ts';
import { type CellInput, cellsOf, splitTiers, updateCell } from './tiers.ts';
import { resolveUpdates, type Updates } from './updates.ts';

/** What a release is run with; the command brings the real ones, a simulation its own. */
export interface ReleaseWorld {
  readonly platforms: readonly PlatformDefinition[];
  readonly scenarios: readonly Scenario[];
  readonly ports: MachinePorts;
  readonly execute: (request: RunRequest, remote?: RemoteHosts) => Promise<RunSummary>;
  readonly signal: AbortSignal;
}

/**
 * `kola release`: images, matrix, one report, and the gate's verdict as the last word. With `--no-verdict` the run is a
 * part of a whole that is judged when all parts are merged: nothing is imported, and its own outcome is what counts.
 */
export const release = async (input: CommandInput, world: ReleaseWorld): Promise<ExitCode> => {
  const { settings, terminal } = input;
  const maxCost = maxCostOf(input);
  const queue = queueOf(settings);
  quotasOf(settings);
  paceFor(settings);
  const store = settings.on('verdict') ? storeOf(settings, terminal) : undefined;
  const { asked, matrix, ...images } = await imagesOf(input, world);
  const { version, ready, options } = images;
  const cellInput = cellInputOf({ ready, matrix, world, input, channel: asked.channel });
  const updates = await resolveUpdates({
    ready,
    matrix,
    ...asked,
    version,
    named: settings.text('previous'),
    known: store === undefined ? [] : await knownVersions(asked.channel, store),
    cells: cellInput,
    options,
    terminal,
    maxBytes: cacheLimit(settings),
  });
  for (const { platform, arch, note } of updates.absent)
    terminal.err(`No update to test: ${platform}/${arch}: ${note}`);
  const place = placeRun({
    asked: settings.text('output-dir'),
    cwd: terminal.cwd,
    platforms: ['release', asked.channel, version.replaceAll(/[^\w.]+/g, '_')],
    now: Date.now(),
    token: process.pid.toString(36),
  });
  const partsDir = `${place.outputDir}-parts`;
  const { plan, cells } = planOf(ready, updates, [...images.absent, ...updates.absent], cellInput);
  terminal.err(
    `Testing ${asked.channel} ${version} on ${ready.length} places: ${plan.totals.scenarios} scenarios, about ${plan.expectedMinutes} minutes and ${plan.totals.cost} USD`,
  );
  mkdirSync(partsDir, { recursive: true });
  const candidate = { channel: asked.channel, version };
  const facts = { release: candidate, ready, updates, options, folder: partsDir };
  if (store === undefined) await writeFacts(facts);
  else await recordFacts(facts, store);
  const optionsFor = (platform: PlatformDefinition, type: MachineType): Promise<unknown> =>
    platformSettings(platform, settingsFor(type, input));
  const { meter, noNewStarts } = meterOf(cells, maxCost, terminal.err);
  await using executor = await partExecutor(queue, candidate, world.execute, input, settingsFor);
  const parts = await executeRelease({
    ready,
    updates: updates.ready,
    tiers: splitTiers(world.scenarios, matrix),
    base: (platform, scenarios) => baseOf(platform, scenarios, input, world.signal),
    optionsFor,
    // Workers have accounts of their own, and a part must not take away what another one has found.
    ...(queue === undefined && store !== undefined && !settings.said('shard')
      ? {
          shareImage: (one, signal) =>
            shareImage(one, { cells, optionsFor, noNewStarts, log: terminal.err }, signal),
        }
      : {}),
    channel: asked.channel,
    partsDir,
    ports: world.ports,
    execute: executor.execute,
    reporters: part => [partLines(part, terminal.err), meter.reporter()],
    noNewStarts,
    signal: world.signal,
    log: terminal.err,
  });
  if (plan.totals.cost > 0 || maxCost !== undefined)
    terminal.err(`Machines have cost about ${meter.spent.toFixed(2)} USD`);
  const runCode = await mergeParts(parts, place, plan, candidate, input);
  await copyFile(join(partsDir, factsFile), join(place.outputDir, factsFile));
  if (store === undefined) return runCode;
  const embargoed = settings.on('embargoed') || ready.some(({ image }) => image.fetched.origin.embargoed);
  await importRunFolder(place.outputDir, store, embargoed, terminal);
  const [evidence] = await gatherAll([candidate], input);
  if (evidence === undefined) throw new TypeError('one candidate gives one answer');
  const verdict = tellVerdict(evidence, input);
  return verdict === exitCode.passed ? runCode : verdict;
};

/** The places of the channel with their verified images, and those that have none. */
const imagesOf = async (input: CommandInput, world: ReleaseWorld) => {
  const { settings, terminal } = input;
  const options = await fetchOptions(settings, terminal, world.signal);
  const asked = await resolveStream(askedFor(input), options);
  const [{ policy }, matrix] = await Promise.all([
    loadPolicyFiles(settings, terminal),
    matrixOf(settings, terminal),
  ]);
  const chosen = choosePlaces({
    policy,
    matrix,
    known: world.platforms,
    channel: asked.channel,
    platforms: settings.list('platform'),
    arches: boardsOf(settings, 'arch'),
  });
  for (const { platform, arch, state, note } of chosen.absent)
    terminal.err(`Not run here: ${platform}/${arch} (${state}): ${note}`);
  const images = await resolveImages({
    ...asked,
    places: chosen.places,
    options,
    terminal,
    maxBytes: cacheLimit(settings),
  });
  const { version, ready } = images;
  for (const { platform, arch, note } of images.absent)
    terminal.err(`No image: ${platform}/${arch}: ${note}`);
  if (ready.length === 0)
    throw new UsageError('release-nothing', `nothing of ${asked.channel} ${version} can be run here`, {
      hint: 'kola plan says why; results of other tools: kola import',
    });
  return { asked, matrix, options, version, ready, absent: [...chosen.absent, ...images.absent] };
};

const askedFor = ({ settings }: CommandInput): { readonly channel: string; readonly version: string } => {
  const [channel, version] = [settings.text('channel'), settings.text('version')];
  if (channel !== undefined && version !== undefined) return { channel, version };
  throw new UsageError('release-candidate', 'kola release: expected --channel and --version', {
    hint: 'such as kola release --channel=beta --version=current',
  });
};

const maxCostOf = ({ settings }: CommandInput): number | undefined => {
  const text = settings.text('max-cost');
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw settings.wrong('max-cost', 'an amount such as 25 or 12.50');
};

const cellInputOf = (of: {
  readonly ready: readonly PlaceWithImage[];
  readonly matrix: Matrix;
  readonly world: ReleaseWorld;
  readonly input: CommandInput;
  readonly channel: string;
}): CellInput => {
  const manifests = new Map(of.ready.map(({ place, image }) => [place, image.image.manifest]));
  const { settings, args, terminal } = of.input;
  return {
    matrix: of.matrix,
    scenarios: of.world.scenarios,
    selection: { ...selectionOf(settings, args), knownIssues: knownIssuesOf(settings, terminal.cwd) },
    channel: of.channel,
    stateRoot: stateRoot(terminal.env),
    versionKnown: true,
    manifestFor: (place: ReleasePlace) => {
      const manifest = manifests.get(place);
      if (manifest === undefined) throw new TypeError('a place that is planned has an image');
      return manifest;
    },
  };
};

/** What every type of every place, and every start of an update, is taken to cost and need. */
const planOf = (
  ready: readonly PlaceWithImage[],
  updates: Updates,
  absent: readonly AbsentPlace[],
  input: CellInput,
): { readonly plan: MatrixPlan; readonly cells: ReturnType<typeof cellsOf> } => {
  const cells = [
    ...ready.flatMap(({ place }) => cellsOf(place, input)),
    ...updates.ready.map(({ place, start, from }) => updateCell(place, start, input, from.manifest)),
  ];
  const limits = new Map(ready.map(({ place }) => [place.platform.name, place.limits]));
  return { plan: planMatrix({ cells, absent, limits, shards: 1 }), cells };
};

/** The main type gives way to what somebody said; a further type is what it is. */
const settingsFor = ({ flags, variant }: MachineType, { settings }: CommandInput) =>
  settings.with(flags, 'policy/matrix.yaml', variant !== '');

const baseOf = async (
  platform: PlatformDefinition,
  scenarios: readonly Scenario[],
  { settings, terminal, argv, args }: CommandInput,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<typeof plainRequest>> & Pick<RunRequest, 'knownIssues'>> => {
  const knownIssues = knownIssuesOf(settings, terminal.cwd);
  const plain = await plainRequest({
    settings,
    terminal,
    argv,
    platforms: [platform],
    scenarios,
    selection: { ...selectionOf(settings, args), knownIssues },
    signal,
  });
  return { ...plain, knownIssues };
};

/** One run folder of all parts, with every report; `release.json` beside them says what was planned. */
const mergeParts = async (
  parts: readonly RunPart[],
  place: ReturnType<typeof placeRun>,
  plan: MatrixPlan,
  release: { readonly channel: string; readonly version: string },
  { terminal, argv }: CommandInput,
): Promise<ExitCode> => {
  const { events, reports } = await mergeFolders(
    parts.map(({ folder }) => folder),
    place,
    ['kola', ...redactArgv(argv)],
    terminal,
  );
  const file = join(place.outputDir, 'release.json');
  writeFileSync(file, `${JSON.stringify({ schema: 1, ...release, ...plan }, null, 2)}\n`);
  for (const path of [...reports, file]) terminal.out(shownPath(path, terminal.cwd));
  const end = events.at(-1);
  if (end?.type !== 'run.ended') throw new TypeError('a merged log ends with its end');
  terminal.err(end.verdict);
  return Object.values(exitCode).find(code => code === end.exitCode) ?? exitCode.usage;
};
