import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { flatcarManifest } from '../../image/flatcar.ts';
import { ciMatrix } from '../../plan/ci-matrix.ts';
import { type MatrixPlan, type PlannedJob, planMatrix } from '../../plan/matrix.ts';
import { updateStarts } from '../../plan/update-starts.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { discoverPlatforms } from '../discover.ts';
import { listedScenarios } from '../known-scenarios.ts';
import { stateRoot } from '../kola-folders.ts';
import { gateOptions } from '../options/gate.ts';
import { releaseImageOptions } from '../options/release.ts';
import { scenarioOptions } from '../options/selection.ts';
import { policyOptions } from '../options/store.ts';
import { boardsOf, selectionOf } from '../options/values.ts';
import { loadPolicyFiles } from '../policy-files.ts';
import { choosePlaces } from '../release/places.ts';
import { matrixOf, placeOptions } from '../release/settings.ts';
import { type CellInput, cellsOf, updateCell } from '../release/tiers.ts';
import { listenForStop } from '../stop.ts';

const run = async (input: CommandInput): Promise<ExitCode> => {
  const { args, settings, terminal } = input;
  const channel = settings.text('channel');
  if (channel === undefined)
    throw new UsageError('plan-channel', 'kola plan: expected --channel', { hint: 'such as --channel=beta' });
  const [{ policy }, matrix, known, found] = await Promise.all([
    loadPolicyFiles(settings, terminal),
    matrixOf(settings, terminal),
    discoverPlatforms(),
    listedScenarios(settings, terminal.cwd),
  ]);
  const { places, absent } = choosePlaces({
    policy,
    matrix,
    known,
    channel,
    platforms: settings.list('platform'),
    arches: boardsOf(settings, 'arch'),
  });
  const version = await versionOf(input, channel);
  const cellInput: CellInput = {
    matrix,
    scenarios: found.map(({ scenario }) => scenario),
    selection: selectionOf(settings, args),
    channel,
    stateRoot: stateRoot(terminal.env),
    manifestFor: ({ arch }) => flatcarManifest({ arch, version: version ?? 'unknown', channel }),
    versionKnown: version !== undefined,
  };
  const starts = updateStarts(matrix.update.from, { channel, version }, settings.text('previous'));
  const updated = places.filter(({ platform }) => matrix.update.platforms.includes(platform.name));
  const cells = [
    ...places.flatMap(place => cellsOf(place, cellInput)),
    ...updated.flatMap(place => starts.map(start => updateCell(place, start, cellInput))),
  ];
  const limits = new Map(places.map(({ platform, limits: own }) => [platform.name, own]));
  const shards = settings.integer('shards', 1) ?? 1;
  const plan = planMatrix({ cells, absent, limits, shards });
  const accounts = new Set(
    places.flatMap(({ platform: { name, account } }) => (account === undefined ? [] : [name])),
  );
  const ci = ciMatrix({ cells, limits, shards, accounts });
  if (settings.on('json'))
    terminal.out(
      JSON.stringify({ schema: 1, channel, version: version ?? null, ...plan, matrix: ci }, null, 2),
    );
  else for (const line of planLines(plan)) terminal.out(line);
  return plan.jobs.length === 0 ? exitCode.nothingSelected : exitCode.passed;
};

/** Only `current` asks a server: a plan for a version that was named needs no network. */
const versionOf = async (
  { settings, terminal }: CommandInput,
  channel: string,
): Promise<string | undefined> => {
  const asked = settings.text('version');
  if (asked !== 'current') return asked;
  const [{ fetchOptions }, { findRelease }] = await Promise.all([
    import('../release-images.ts'),
    import('../../image/release/release.ts'),
  ]);
  using stop = listenForStop(terminal);
  const options = await fetchOptions(settings, terminal, stop.signal);
  return (await findRelease({ channel, version: asked, arch: 'amd64' }, options)).version;
};

const planLines = (plan: MatrixPlan): readonly string[] => {
  const rows = [
    ['place', 'tier', 'shard', 'scenarios', 'machines', 'at once', 'minutes', 'cost'],
    ...plan.jobs.map(rowOf),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0))) ?? [];
  const { totals } = plan;
  return [
    ...rows.map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
    ...plan.absent.map(({ platform, arch, state, note }) => `${platform}/${arch}  ${state}: ${note}`),
    `${totals.scenarios} scenarios on ${totals.machines} machines, ${totals.machineHours} machine hours, ${totals.cost} USD`,
    ...(totals.unpriced.length === 0 ? [] : [`no price is known for ${totals.unpriced.join(', ')}`]),
    `expected ${plan.expectedMinutes} minutes; no schedule within the quotas takes less than ${plan.lowerBoundMinutes}`,
  ];
};

const rowOf = (job: PlannedJob): readonly string[] => [
  `${job.platform}${job.variant === '' ? '' : `[${job.variant}]`}/${job.arch}`,
  job.tier,
  job.shard,
  String(job.scenarios),
  String(job.machines),
  String(job.parallel),
  String(job.expectedMinutes),
  job.cost === null ? '?' : job.cost.toFixed(2),
];

export const command: CommandModule = {
  positional: '[glob...]',
  configurable: true,
  after: [
    'Says what kola release would run where: jobs for a CI matrix, with minutes, machines and cost, and the places whose',
    'results come from elsewhere. Minutes come from earlier runs on this machine; 3 are assumed for what never ran.',
    'Only --version=current asks a server.',
  ].join('\n'),
  options: async () => [
    ...placeOptions,
    ...scenarioOptions,
    ...gateOptions.filter(({ name }) => name === 'previous'),
    { name: 'shards', value: 'n', fallback: '1', description: 'parts that each full tier is cut into' },
    { name: 'json', description: 'print JSON; its matrix is that of a CI, an entry a call of kola release' },
    ...policyOptions,
    ...releaseImageOptions,
  ],
  run,
};
