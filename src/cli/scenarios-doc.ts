import type { Scenario, ScenarioNeeds, VersionWindow } from '../core/scenario.ts';
import type { UserData } from '../core/user-data.ts';
import type { FoundScenario } from './discover.ts';

/** The text of docs/scenarios.md: every scenario, by the folder it lies in. */
export const scenariosDocument = (found: readonly FoundScenario[]): string => {
  const areas = [...Map.groupBy(found, ({ file }) => areaOf(file))].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = [
    '# Scenarios',
    '',
    '<!-- Made from scenarios/ by `npm run docs:scenarios`; a test compares them. -->',
    '',
    `${found.length} scenarios. \`kola list --why\` says which of them a run would take, and why not the others. Those of`,
    'the Go kola that are not here are named in [left-out scenarios](reference/left-out-scenarios.md).',
    '',
    'Versions: from inclusive, until exclusive. *Since* is the first version that a scenario applies to, unless it says',
    'otherwise. Needs in *italics* are services outside the test network: where one is away, the scenario is blocked.',
    '',
    '| Area | Scenarios |',
    '|---|---|',
    ...areas.map(([area, own]) => `| [${area}](#${area}) | ${own.length} |`),
    ...areas.flatMap(([area, own]) => [
      '',
      `## ${area}`,
      ...own.flatMap(({ scenario }) => describe(scenario)),
    ]),
  ];
  return `${lines.join('\n')}\n`;
};

const areaOf = (file: string): string => file.split('/').at(-2) ?? '';

const describe = (scenario: Scenario): readonly string[] => [
  '',
  `### ${scenario.name}`,
  '',
  `${escaped(scenario.description)}.`,
  '',
  '| | |',
  '|---|---|',
  ...rows(scenario).flatMap(([name, value]) => (value === '' ? [] : [`| ${name} | ${value} |`])),
];

const rows = (scenario: Scenario): readonly (readonly [name: string, value: string])[] => [
  ['Tags', scenario.tags.join(', ')],
  ['Owner', scenario.owner ?? ''],
  ['Tracker', scenario.tracker ?? ''],
  ['Since', scenario.since ?? scenario.versions?.from ?? ''],
  ['Platforms', platformsOf(scenario)],
  ['Architectures', scenario.arches?.join(', ') ?? 'all'],
  ['Versions', windowOf(scenario.versions)],
  ['Needs', needsOf(scenario.needs)],
  ['User-data', userDataOf(scenario)],
  ['Allows', allowed(scenario)],
  ['Sub-tests', (scenario.subtests ?? []).map(({ name }) => name).join(', ')],
];

const platformsOf = ({ platforms }: Scenario): string => {
  const only = platforms?.only?.join(', ') ?? 'all';
  return platforms?.except === undefined ? only : `${only} but ${platforms.except.join(', ')}`;
};

const windowOf = (window: VersionWindow | undefined): string => {
  if (window === undefined) return 'all';
  const from = window.from === undefined ? '' : `from ${window.from}`;
  const until = window.until === undefined ? '' : `until ${window.until}`;
  return [from, until].filter(part => part !== '').join(' ') || 'all';
};

const needsOf = (needs: Scenario['needs']): string =>
  [
    ...(needs.machines > 1 ? [`${needs.machines} machines`] : []),
    ...(needs.capabilities ?? []),
    ...(needs.platform ?? []),
    ...sizes(needs),
    ...(needs.disks ?? []).map(({ serial, sizeMiB }) => `disk ${serial} of ${sizeMiB} MiB`),
    ...(needs.tpm === true ? ['TPM'] : []),
    ...(needs.coldBoot === true ? ['a boot of its own'] : []),
    ...(needs.services ?? []).map(name => `${name} of the harness`),
    ...(needs.external ?? []).map(name => `*${name}*`),
    ...Object.entries(needs.externalWithout ?? {}).map(
      ([capability, names]) => `${names.map(name => `*${name}*`).join(', ')} unless ${capability}`,
    ),
  ].join(', ');

const sizes = ({
  memoryMiB,
  vcpus,
  threadsPerCore,
  primaryDiskExtraMiB,
}: ScenarioNeeds): readonly string[] => [
  ...(memoryMiB === undefined ? [] : [`${memoryMiB} MiB of memory`]),
  ...(vcpus === undefined ? [] : [`${vcpus} processors`]),
  ...(threadsPerCore === undefined ? [] : [`${threadsPerCore} threads a core`]),
  ...(primaryDiskExtraMiB === undefined ? [] : [`${primaryDiskExtraMiB} MiB more disk`]),
];

/** Made in the body where no machine is up before it. */
const userDataOf = (scenario: Scenario): string => {
  const all = [scenario.userData, ...scenario.machines.map(machine => machine.userData)];
  const kinds = all.flatMap(data => (data === undefined ? [] : [kindOf(data)]));
  if (kinds.length > 0) return [...new Set(kinds)].join(', ');
  return scenario.machines.length === 0 ? 'made by the scenario' : 'none';
};

const kindOf = (data: UserData): string => {
  if (data.kind === 'ignition')
    return data.about === undefined ? 'Ignition' : `Ignition, about ${data.about}`;
  if (data.kind === 'ignition-raw') return `Ignition ${data.version} as written`;
  return data.kind;
};

const allowed = ({ allow }: Scenario): string =>
  [
    ...(allow.rules ?? []),
    ...(allow.failedUnits === true ? ['failed units'] : []),
    ...(allow.permissive === true ? ['SELinux left permissive'] : []),
    ...(allow.updates === true ? ['updates'] : []),
    ...(allow.noKeyInUserData === true ? ['no key in user-data'] : []),
    ...(allow.noKeyInMetadata === true ? ['no key in metadata'] : []),
  ].join(', ');

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
