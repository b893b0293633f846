import type { Reason } from '../core/event.ts';
import type { ImageManifest, UserDataKind } from '../core/image.ts';
import { issueApplies } from '../core/known-issue.ts';
import type { PlatformCapabilities } from '../core/platform.ts';
import type { PlatformFeature, Scenario } from '../core/scenario.ts';
import type { Target } from '../core/target.ts';
import type { UserData } from '../core/user-data.ts';
import { isNamed, matchesAny } from './glob.ts';
import type { SelectionRequest } from './selection.ts';
import { shardOf } from './shard.ts';
import { outsideWindow } from './version.ts';

/** Everything selection looks at: plain data, so that `kola list` can ask without booting anything. */
export interface SelectionTarget {
  readonly target: Target;
  readonly manifest: ImageManifest;
  readonly capabilities: PlatformCapabilities;
  /** Further names a scenario's platform filter may use for this platform. */
  readonly platformAliases: readonly string[];
}

export interface Selection {
  readonly selected: readonly Scenario[];
  readonly unselected: readonly { readonly scenario: Scenario; readonly reason: Reason }[];
}

/** Splits the catalogue for one target. Everything not selected has a reason. */
export const select = (
  scenarios: readonly Scenario[],
  target: SelectionTarget,
  request: SelectionRequest,
): Selection => {
  const judged = scenarios.map(scenario => ({ scenario, reason: whyNot(scenario, target, request) }));
  return {
    selected: judged.filter(({ reason }) => reason === undefined).map(({ scenario }) => scenario),
    unselected: judged.flatMap(({ scenario, reason }) =>
      reason === undefined ? [] : [{ scenario, reason }],
    ),
  };
};

/** The first thing that speaks against running a scenario; what the caller asked for is looked at first. */
export const whyNot = (
  scenario: Scenario,
  target: SelectionTarget,
  request: SelectionRequest,
): Reason | undefined => {
  for (const rule of rules) {
    const reason = rule(scenario, target, request);
    if (reason !== undefined) return reason;
  }
  return undefined;
};

type Rule = (scenario: Scenario, target: SelectionTarget, request: SelectionRequest) => Reason | undefined;

const pattern: Rule = (scenario, _, { patterns }) =>
  matchesAny(scenario.name, patterns)
    ? undefined
    : { code: 'pattern', text: `not matched by ${patterns.join(' ')}` };

const tag: Rule = (scenario, _, { tags }) => {
  const forbidden = tags.find(name => name.startsWith('!') && scenario.tags.includes(name.slice(1)));
  if (forbidden !== undefined) return { code: 'tag', text: `has tag ${forbidden.slice(1)}` };
  const wanted = tags.filter(name => !name.startsWith('!'));
  if (wanted.length === 0 || wanted.some(name => scenario.tags.includes(name))) return undefined;
  return { code: 'tag', text: `has none of the tags ${wanted.join(', ')}` };
};

const platform: Rule = ({ platforms }, { target, platformAliases }) => {
  const names = [target.platform, ...platformAliases];
  if (platforms?.only !== undefined && !platforms.only.some(name => names.includes(name)))
    return { code: 'platform', text: `only on ${platforms.only.join(', ')}` };
  if (platforms?.except?.some(name => names.includes(name)) === true)
    return { code: 'platform', text: `not on ${target.platform}` };
  return undefined;
};

const arch: Rule = ({ arches }, { target }) =>
  arches === undefined || arches.includes(target.arch)
    ? undefined
    : { code: 'arch', text: `only on ${arches.join(', ')}` };

const channel: Rule = ({ channels }, { target }) =>
  channels === undefined || channels.includes(target.channel)
    ? undefined
    : { code: 'channel', text: `only in ${channels.join(', ')}` };

const version: Rule = ({ name, versions }, { manifest }, { patterns }) => {
  if (versions === undefined || isNamed(name, patterns)) return undefined;
  const text = outsideWindow(manifest.imitates ?? manifest.version, versions);
  return text === undefined ? undefined : { code: 'version', text };
};

const capability: Rule = ({ needs }, { manifest }) => {
  const missing = (needs.capabilities ?? []).filter(name => !manifest.provides.includes(name));
  return missing.length === 0
    ? undefined
    : { code: 'capability', text: `image ${manifest.name} does not provide ${missing.join(', ')}` };
};

const platformFeature: Rule = (scenario, { capabilities, target }) => {
  const missing = featuresNeeded(scenario).filter(feature => !capabilities.features.includes(feature));
  return missing.length === 0
    ? undefined
    : { code: 'platform-feature', text: `${target.platform} has no ${missing.join(', ')}` };
};

const userData: Rule = (scenario, { manifest, capabilities, target }) => {
  for (const kinds of userDataOf(scenario).map(acceptableKinds)) {
    const understood = kinds.filter(kind => manifest.userData.includes(kind));
    if (kinds.length > 0 && understood.length === 0)
      return { code: 'user-data', text: `image ${manifest.name} does not read ${kinds[0]}` };
    if (kinds.length > 0 && !understood.some(kind => capabilities.userData.includes(kind)))
      return { code: 'user-data', text: `${target.platform} cannot hand over ${understood[0]}` };
  }
  return undefined;
};

const shard: Rule = (scenario, _, request) => {
  if (request.shard === undefined) return undefined;
  const { part, of } = request.shard;
  const own = shardOf(scenario.name, of);
  return own === part ? undefined : { code: 'shard', text: `belongs to shard ${own}/${of}` };
};

const denylist: Rule = ({ name }, { target, manifest }, { knownIssues }) => {
  const at = { ...target, scenario: name, version: manifest.imitates ?? manifest.version };
  const denied = knownIssues?.find(issue => issue.effect === 'deny' && issueApplies(issue, at));
  return denied === undefined
    ? undefined
    : { code: 'denylist', text: `known issue ${denied.id} until ${denied.expires}: ${denied.tracker}` };
};

const rules: readonly Rule[] = [
  pattern,
  tag,
  shard,
  platform,
  arch,
  channel,
  version,
  capability,
  platformFeature,
  userData,
  denylist,
];

/** Platform features that follow from other needs, so that scenarios do not have to say them twice. */
const featuresNeeded = ({ needs, allow, machines, userData }: Scenario): readonly PlatformFeature[] => [
  ...(needs.platform ?? []),
  ...(needs.machines > 1 ? (['private-network'] as const) : []),
  ...((needs.disks ?? []).length > 0 ? (['extra-disks'] as const) : []),
  ...(needs.primaryDiskExtraMiB === undefined ? [] : (['primary-disk-size'] as const)),
  ...(needs.threadsPerCore === undefined ? [] : (['threads-per-core'] as const)),
  ...(needs.tpm === true ? (['tpm'] as const) : []),
  ...(allow.noKeyInUserData === true || [userData, ...machines.map(machine => machine.userData)].some(isEmpty)
    ? (['key-in-metadata'] as const)
    : []),
];

const isEmpty = (data: UserData | undefined): boolean => data?.kind === 'empty';

const userDataOf = (scenario: Scenario): readonly UserData[] =>
  [scenario.userData, ...scenario.machines.map(machine => machine.userData)].filter(
    data => data !== undefined,
  );

const ignition: readonly UserDataKind[] = [
  'ignition-3.3',
  'ignition-3.4',
  'ignition-3.2',
  'ignition-3.1',
  'ignition-3.0',
  'ignition-2.3',
  'ignition-2.2',
  'ignition-2.1',
  'ignition-2.0',
  'ignition-1',
];

/** The formats one of which has to be understood; none for what every image takes. */
const acceptableKinds = (data: UserData): readonly UserDataKind[] => {
  switch (data.kind) {
    case 'empty':
      return [];
    case 'default':
    case 'ignition':
      return ignition;
    case 'ignition-raw':
      return [`ignition-${data.version}`];
    default:
      return [data.kind];
  }
};
