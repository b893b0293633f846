import type {
  CompareModel,
  FailuresModel,
  MatrixCell,
  PlaceModel,
  ReleaseModel,
  SoakModel,
} from '../../../reports/dashboard/model.ts';
import { globMatches } from '../../core/glob.ts';
import type { ResultRecord, TargetRecord } from '../../core/history.ts';
import type { Arch } from '../../core/target.ts';
import { compareVersions } from '../../core/version.ts';
import { agenda, allRequirements } from '../../gate/agenda.ts';
import { type Cell, platformLabel } from '../../gate/cells.ts';
import { diffPackages } from '../../gate/compare/packages.ts';
import { compareResults } from '../../gate/compare/results.ts';
import { countGroups, failureGroups } from '../../gate/groups.ts';
import { machineTimes } from '../../store/queries/overview.ts';
import { firstSeen } from '../../store/queries/scenario.ts';
import type { Moment } from '../site.ts';
import { soakedDays } from './board.ts';
import { costOf } from './cost.ts';
import { fileChanges } from './file-changes.ts';
import { marksOf, type ReleaseState } from './release-state.ts';

/** V2 and V3. */
export const loadRelease = async (moment: Moment, state: ReleaseState): Promise<ReleaseModel> => {
  const { verdict, rules, input } = state;
  const times = await machineTimes(moment.store, rules.names, input.candidate.version);
  const cells = rules.arches.flatMap(({ arch }) =>
    platformsOf(state, arch).map(platform => matrixCell(moment, state, platform, arch, times)),
  );
  const roles = ['blocking', 'informing', 'other'];
  const ofRole = (platform: string): number =>
    Math.min(...cells.filter(one => one.platform === platform).map(one => roles.indexOf(one.role)));
  return {
    head: state.head,
    agenda: verdict === undefined ? [] : agenda(verdict),
    requirements: verdict === undefined ? [] : allRequirements(verdict),
    platforms: [...new Set(cells.map(cell => cell.platform))].sort((a, b) => ofRole(a) - ofRole(b)),
    arches: rules.arches.map(one => one.arch),
    cells,
    ignored: verdict?.ignored ?? [],
  };
};

const platformsOf = ({ rules, cells }: ReleaseState, arch: Arch): string[] => {
  const platforms = rules.arches.find(one => one.arch === arch)?.platforms;
  const tested = cells.filter(cell => cell.arch === arch).map(cell => cell.platform);
  return [...new Set([...(platforms?.blocking ?? []), ...(platforms?.informing ?? []), ...tested])];
};

const basePlatform = (label: string): string => label.replace(/\[.*$/, '');

export const roleOf = (
  { rules }: ReleaseState,
  platform: string,
  arch: string,
): 'blocking' | 'informing' | 'other' => {
  const platforms = rules.arches.find(one => one.arch === arch)?.platforms;
  if (platforms?.blocking.includes(basePlatform(platform))) return 'blocking';
  return platforms?.informing.includes(basePlatform(platform)) ? 'informing' : 'other';
};

type MachineTimes = Awaited<ReturnType<typeof machineTimes>>;

const matrixCell = (
  moment: Moment,
  state: ReleaseState,
  platform: string,
  arch: Arch,
  times: MachineTimes,
): MatrixCell => {
  const here = (target: TargetRecord): boolean => target.arch === arch && platformLabel(target) === platform;
  const targets = state.counted.filter(here).sort((a, b) => b.startedAt - a.startedAt);
  const cells = state.cells.filter(cell => cell.platform === platform && cell.arch === arch);
  const count = (fits: (cell: Cell) => boolean): number => cells.filter(fits).length;
  const results = targets.flatMap(target => target.results);
  const [newest] = targets;
  const runs = new Set(targets.map(target => target.run));
  const described = moment.policy.policy.platforms[basePlatform(platform)];
  const prefix = `${basePlatform(platform)}/${arch}/`;
  return {
    platform,
    arch,
    role: roleOf(state, platform, arch),
    passed: count(cell => cell.judgement.state === 'passed'),
    failed: count(cell => cell.judgement.state === 'failed'),
    flaky: count(cell => cell.judgement.state === 'flaky'),
    waived: count(cell => cell.judgement.state === 'waived'),
    notRun: count(cell => cell.judgement.state === 'missing' && !cell.judgement.infrastructureOnly),
    infrastructure: count(cell => cell.judgement.state === 'missing' && cell.judgement.infrastructureOnly),
    took: results.reduce((sum, result) => sum + result.took, 0),
    attempts: results.reduce((most, result) => Math.max(most, result.attempts), 0),
    coverage: coverageDelta(targets, state.before.filter(here)),
    lastRun: newest?.run ?? null,
    lastAt: newest?.startedAt ?? null,
    ignored: (state.verdict?.ignored ?? []).filter(one => one.target.startsWith(prefix)).length,
    imported: targets.length > 0 && targets.every(target => target.provenance === 'imported'),
    marks: marksOf(targets),
    note:
      described === undefined || described.results === 'adapter'
        ? null
        : (described.note ?? described.results),
    cost: costOf(
      times
        .filter(one => one.arch === arch && platformLabel(one) === platform && runs.has(one.run))
        .map(one => ({ ...one, arch, machineTime: one.machine_time })),
      moment.sources.hourly,
    ),
  };
};

const coverageDelta = (now: readonly TargetRecord[], before: readonly TargetRecord[]): number | null => {
  const planned = (targets: readonly TargetRecord[]): number =>
    new Set(targets.flatMap(target => target.planned.map(name => name.replace(/#\d+$/, '')))).size;
  return before.length === 0 ? null : planned(now) - planned(before);
};

/** All scenarios of one place. Undefined when the release knows no such place. */
export const loadPlace = (state: ReleaseState, platform: string, arch: string): PlaceModel | undefined => {
  const cells = state.cells.filter(cell => cell.platform === platform && cell.arch === arch);
  if (cells.length === 0 && !platformsOf(state, arch === 'arm64' ? 'arm64' : 'amd64').includes(platform))
    return undefined;
  const last = new Map<string, { readonly target: TargetRecord; readonly result: ResultRecord }>();
  for (const target of state.counted) {
    if (target.arch !== arch || platformLabel(target) !== platform) continue;
    for (const result of target.results) {
      const known = last.get(result.scenario);
      if (known === undefined || known.result.decidedAt < result.decidedAt)
        last.set(result.scenario, { target, result });
    }
  }
  return {
    head: state.head,
    platform,
    arch,
    rows: cells.map(({ scenario, judgement, required }) => {
      const newest = last.get(scenario);
      return {
        scenario,
        state: judgement.state,
        required,
        infrastructureOnly: judgement.infrastructureOnly,
        why: judgement.why,
        attempts: newest?.result.attempts ?? null,
        took: newest?.result.took ?? 0,
        at: newest?.result.decidedAt ?? null,
        run: newest?.target.run ?? null,
        waivers: judgement.waivers,
      };
    }),
  };
};

/** V4. */
export const loadFailures = async (moment: Moment, state: ReleaseState): Promise<FailuresModel> => {
  const { input } = state;
  const known = [...(input.previous?.targets ?? []), ...input.nightlies];
  const groups = failureGroups(state.counted, known, input.issues, input.previous?.version);
  return {
    head: state.head,
    summary: countGroups(groups),
    groups: await Promise.all(
      groups.map(async group => {
        // The whole history may hold an embargoed version, whose number an export must not tell.
        const oldest = moment.sources.embargoed ? await firstSeen(moment.store, group.cause) : undefined;
        return oldest !== undefined && oldest.at < group.firstSeen.at
          ? { ...group, firstSeen: oldest }
          : group;
      }),
    ),
  };
};

/** V6. */
export const loadCompare = async (moment: Moment, state: ReleaseState): Promise<CompareModel> => {
  const { release, previous } = state.input;
  const arches = state.rules.arches.map(one => one.arch);
  return {
    head: state.head,
    files: await moment.memo(`files ${state.head.channel} ${state.head.version}`, () =>
      fileChanges(moment, state),
    ),
    changes: previous === undefined ? [] : compareResults(state.before, state.counted),
    packages: arches.flatMap(arch => {
      const [before, after] = [previous?.release?.arches[arch]?.packages, release?.arches[arch]?.packages];
      return before === undefined || after === undefined
        ? []
        : diffPackages(before, after).map(change => ({ arch, ...change }));
    }),
    images: arches.flatMap(arch =>
      (release?.arches[arch]?.images ?? []).flatMap(image => {
        const old = previous?.release?.arches[arch]?.images.find(one => one.file === image.file);
        return old?.size === undefined || image.size === undefined
          ? []
          : [{ arch, file: image.file, before: old.size, after: image.size }];
      }),
    ),
  };
};

/** V11. */
export const loadSoak = (state: ReleaseState): SoakModel => {
  const { input, rules } = state;
  const { soak, adoption, nightlies } = rules.rules;
  const from = input.release?.promotedFrom;
  const source = input.ancestors.find(one => one.channel === from?.channel && one.version === from?.version);
  const versions = [input.candidate.version, from?.version].filter(one => one !== undefined);
  return {
    head: state.head,
    from:
      from === undefined
        ? null
        : {
            ...from,
            releasedAt: source?.releasedAt === undefined ? null : Date.parse(source.releasedAt),
          },
    days: soakedDays(state),
    required: soak === 'off' ? null : soak.days,
    machinesWanted: adoption === 'off' ? null : adoption.machines,
    adoption: input.adoption
      .map(one => ({ ...one, at: Date.parse(one.at) }))
      .sort((a, b) => a.at - b.at)
      .map(({ channel, version, at, machines }) => ({ channel, version, at, machines })),
    nightlies: [...Map.groupBy(input.nightlies, target => target.version)]
      .sort(([a], [b]) => compareVersions(b, a))
      .map(([version, targets]) => nightly(version, targets)),
    nightliesWanted: nightlies === 'off' ? null : nightlies.green,
    issues: input.issues
      .filter(issue => issue.versions.some(one => versions.some(version => globMatches(one, version))))
      .map(({ id, url, title, state: open, kind, openedAt }) => ({
        id,
        url,
        title,
        state: open,
        kind,
        openedAt: openedAt === undefined ? null : Date.parse(openedAt),
      })),
  };
};

const nightly = (version: string, targets: readonly TargetRecord[]): SoakModel['nightlies'][number] => {
  const results = targets.flatMap(target => target.results);
  return {
    version,
    passed: results.filter(one => one.outcome === 'passed' || one.outcome === 'flaky').length,
    failed: results.filter(
      one => (one.outcome === 'failed' || one.outcome === 'timedout') && one.cause === 'product',
    ).length,
    at: Math.max(...targets.map(target => target.startedAt)),
  };
};
