import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { matchesAny } from '../../plan/glob.ts';
import { choosePlatforms, chooseTargets, hostArch } from '../choose-platforms.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { discoverPlatforms } from '../discover.ts';
import { knownIssuesOf } from '../known-issues.ts';
import { listedScenarios } from '../known-scenarios.ts';
import { manifestForListing } from '../list-image.ts';
import { type ListedScenario, type ListingTarget, listScenarios } from '../listing.ts';
import { platformOptions } from '../options/platform.ts';
import { releaseImageOptions } from '../options/release.ts';
import { accessOptions, runOptions } from '../options/run.ts';
import { channelOf, scenarioOptions, targetOptions } from '../options/selection.ts';
import { checkFixedValues, selectionOf } from '../options/values.ts';
import { warnNothingMatches } from '../unmatched.ts';

const run = async ({ args, settings, terminal }: CommandInput): Promise<ExitCode> => {
  checkFixedValues(settings);
  const request = {
    ...selectionOf(settings, args),
    knownIssues: knownIssuesOf(settings, terminal.cwd),
  };
  const [platforms, scenarios] = await Promise.all([
    discoverPlatforms(),
    listedScenarios(settings, terminal.cwd),
  ]);
  const chosen = chooseTargets(settings, choosePlatforms(settings, platforms), hostArch());
  const channel = channelOf(settings);
  const targets = await Promise.all(
    chosen.map(async ({ platform, arch }): Promise<ListingTarget> => {
      const manifest = await manifestForListing(settings, arch, terminal.cwd);
      return { platform, arch, manifest, channel: manifest?.channel ?? channel };
    }),
  );
  const listed = listScenarios(scenarios, targets, request);
  const shown = settings.on('selected') ? listed.filter(({ selected }) => selected) : listed;
  if (settings.on('json')) terminal.out(JSON.stringify({ scenarios: shown.map(asJson) }, null, 2));
  else
    printText(
      settings.on('why') ? shown : shown.filter(one => matchesAny(one.found.scenario.name, args)),
      settings.on('why'),
      terminal.out,
    );
  return warnNothingMatches(args, scenarios, terminal) ? exitCode.nothingSelected : exitCode.passed;
};

const printText = (shown: readonly ListedScenario[], why: boolean, out: (line: string) => void): void => {
  const width = Math.max(0, ...shown.map(({ found }) => found.scenario.name.length));
  for (const { found, reason } of shown) {
    const note = why && reason !== undefined ? `not selected: ${reason.text}` : found.scenario.description;
    out(`${found.scenario.name.padEnd(width)}  ${note}`);
  }
};

const asJson = ({ found: { scenario, file }, selected, reason, targets }: ListedScenario): unknown => ({
  name: scenario.name,
  description: scenario.description,
  tags: scenario.tags,
  needs: scenario.needs,
  selected,
  reason: reason ?? null,
  targets: targets.map(one => ({
    target: one.target,
    selected: one.reason === undefined,
    reason: one.reason ?? null,
  })),
  platforms: scenario.platforms ?? null,
  arches: scenario.arches ?? null,
  channels: scenario.channels ?? null,
  versions: scenario.versions ?? null,
  subtests: (scenario.subtests ?? []).map(({ name }) => name),
  timeoutSeconds: scenario.timeout / 1000,
  owner: scenario.owner ?? null,
  tracker: scenario.tracker ?? null,
  file,
});

export const command: CommandModule = {
  positional: '[glob...]',
  takesScenarios: true,
  configurable: true,
  after: [
    'Without an image, one that provides everything a scenario needs is assumed.',
    '',
    'Examples:',
    '  kola list --image=reference --why',
    '  kola list --selected --json --tag=smoke',
  ].join('\n'),
  options: async () => {
    const own = [
      {
        name: 'selected',
        aliases: ['filter'],
        description: 'only what a run with the same flags would select',
      },
      { name: 'why', description: 'say why a scenario is not selected' },
      { name: 'json', description: 'print JSON: {"scenarios": […]}' },
    ];
    // The flags of `kola run` are taken too, so that one command line serves both.
    const ofRun = [...runOptions, ...releaseImageOptions, ...accessOptions].map(spec => ({
      ...spec,
      hidden: true,
    }));
    return [
      ...own,
      ...scenarioOptions,
      ...targetOptions,
      ...ofRun,
      ...platformOptions(await discoverPlatforms()),
    ];
  },
  run,
};
