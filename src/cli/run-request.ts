import { systemClock } from '../core/clock.ts';
import { type IdSource, randomIds } from '../core/ids.ts';
import type { PlatformDefinition } from '../core/platform.ts';
import type { Scenario } from '../core/scenario.ts';
import type { SelectionRequest } from '../plan/selection.ts';
import type { Deadlines, RunRequest, TargetRequest } from '../run/request.ts';
import { checkRunFolder } from '../run/run-folder.ts';
import { chooseTargets } from './choose-platforms.ts';
import { snapshotRoot, stateRoot } from './kola-folders.ts';
import { parallelOf, sizeOf } from './options/values.ts';
import { platformSettings } from './platform-settings.ts';
import { extraKeys } from './public-keys.ts';
import { redactArgv } from './redact-argv.ts';
import { placeRun } from './run-folder.ts';
import type { Settings } from './settings/settings.ts';
import { archOfChoice, chooseImage, openImages } from './target-images.ts';
import type { Terminal } from './terminal.ts';

const minute = 60_000;
/** On real hardware; the flight's slowdown stretches boot and scenario deadlines. */
export const deadlines: Deadlines = { provision: 10 * minute, boot: 5 * minute, teardown: 2 * minute };

/** Id of the console rule that `--disable-selinux-avc-checks` switches off. */
const selinuxRule = 'selinux-denial';

export interface RequestInput {
  readonly settings: Settings;
  readonly terminal: Terminal;
  readonly argv: readonly string[];
  readonly platforms: readonly PlatformDefinition[];
  readonly scenarios: readonly Scenario[];
  readonly selection: SelectionRequest;
  readonly signal: AbortSignal;
}

type Plain = Omit<RunRequest, 'ports' | 'reporters'>;

/** Everything about a run that can be said without an image, checked before anything slow begins. */
export const plainRequest = async (input: RequestInput): Promise<Omit<Plain, 'targets'>> => {
  const { settings, terminal, platforms, selection } = input;
  const token = randomIds.next();
  const now = systemClock.now();
  return {
    scenarios: adjusted(input.scenarios, settings),
    selection,
    parallel: parallelOf(settings),
    retries: {
      infrastructure: settings.integer('retries', 0) ?? 1,
      product: settings.integer('retries-product', 0) ?? 0,
    },
    deadlines,
    failFast: settings.on('fail-fast'),
    ...flakyBudget(settings),
    keep: !settings.on('remove'),
    cold: settings.on('cold'),
    share: settings.on('share'),
    ...snapshotsOf(settings, terminal),
    seed: settings.integer('seed', 0) ?? now % 2 ** 31,
    ...placeRun({
      asked: settings.text('output-dir'),
      cwd: terminal.cwd,
      platforms: platforms.map(({ name }) => name),
      now,
      token,
    }),
    stateRoot: stateRoot(terminal.env),
    command: ['kola', ...redactArgv(input.argv)],
    extraKeys: await extraKeys(settings, terminal.cwd),
    clock: systemClock,
    ids: startingWith(token),
    signal: input.signal,
  };
};

const snapshotsOf = (settings: Settings, terminal: Terminal): Pick<RunRequest, 'snapshots'> => {
  const limit = sizeOf(settings, 'snapshots-max') ?? 0;
  return limit === 0 ? {} : { snapshots: { folder: snapshotRoot(terminal.env), limit } };
};

const flakyBudget = (settings: Settings): { readonly flakyBudget?: number } => {
  const text = settings.text('flaky-budget');
  if (text === undefined) return {};
  const percent = /^\d+(?:\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (percent <= 100) return { flakyBudget: percent / 100 };
  throw settings.wrong('flaky-budget', 'a share from 0 to 100 percent, such as 2%');
};

/** The engine takes the first id for the run itself, which the folder's name already bears. */
const startingWith = (token: string): IdSource => {
  const first = [token];
  return { next: () => first.pop() ?? randomIds.next() };
};

const adjusted = (scenarios: readonly Scenario[], settings: Settings): readonly Scenario[] => {
  if (!settings.on('disable-selinux-avc-checks')) return scenarios;
  return scenarios.map(scenario => ({
    ...scenario,
    allow: { ...scenario.allow, rules: [...(scenario.allow.rules ?? []), selinuxRule] },
  }));
};

/** Turns the settings of `kola run` into the engine's request. Opens the image, which may have to be built. */
export const runRequest = async (input: RequestInput): Promise<Plain> => {
  const { settings, terminal } = input;
  const plain = await plainRequest(input);
  checkRunFolder(plain.outputDir);
  const choice = chooseImage(settings, terminal);
  const places = chooseTargets(settings, input.platforms, await archOfChoice(choice, settings));
  const options = new Map<PlatformDefinition, unknown>();
  for (const platform of input.platforms) options.set(platform, await platformSettings(platform, settings));
  const imageFor = await openImages(choice, places, settings, terminal, input.signal);
  const targets = places.map(({ platform, arch }): TargetRequest => {
    const image = imageFor({ platform, arch });
    const channel = image.manifest.channel ?? settings.text('channel') ?? 'stable';
    return { platform, arch, image, channel, options: options.get(platform) };
  });
  return { ...plain, targets };
};
