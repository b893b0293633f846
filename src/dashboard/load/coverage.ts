import type { CoverageModel } from '../../../reports/dashboard/model.ts';
import { compareVersions, isNightly, majorOf } from '../../core/version.ts';
import { platformLabel } from '../../gate/cells.ts';
import { plansOfVersions, type VersionPlan } from '../../store/queries/pages.ts';
import type { Moment } from '../site.ts';
import type { ReleaseState } from './release-state.ts';
import { roleOf } from './release-views.ts';

const releasesShown = 5;

/** V7. */
export const loadCoverage = async (moment: Moment, state: ReleaseState): Promise<CoverageModel> => {
  const { rules, input, head } = state;
  const versions = await lastVersions(moment, state);
  const plans = await plansOfVersions(moment.store, rules.names, versions, moment.sources.embargoed);
  const labelled = plans.map(plan => ({ ...plan, place: `${platformLabel(plan)}/${plan.arch}` }));
  const expected = rules.arches.flatMap(({ arch, platforms }) =>
    [...platforms.blocking, ...platforms.informing].map(platform => `${platform}/${arch}`),
  );
  const places = [...new Set([...expected, ...labelled.map(plan => plan.place)])];
  const floor = rules.rules.coverage === 'off' ? {} : rules.rules.coverage.floor;
  return {
    head,
    versions,
    rows: places.map(place => {
      const [platform = '', arch = ''] = place.split('/');
      const own = labelled.filter(plan => plan.place === place);
      return {
        place,
        role: roleOf(state, platform, arch),
        floor: floor[platform] ?? null,
        planned: versions.map(version => plannedCount(own.filter(plan => plan.version === version))),
        tested: state.cells.filter(
          cell => cell.platform === platform && cell.arch === arch && cell.judgement.state !== 'missing',
        ).length,
      };
    }),
    reasons: reasonsOf(labelled.filter(plan => plan.version === input.candidate.version)),
  };
};

const lastVersions = async (moment: Moment, { rules, input }: ReleaseState): Promise<string[]> => {
  const { version } = input.candidate;
  const all = (await Promise.all(rules.names.map(name => moment.history.versions(name)))).flat();
  const older = all
    .filter(one => compareVersions(one, version) < 0 && isNightly(one) === isNightly(version))
    .filter(one => rules.major === undefined || majorOf(one) === String(rules.major))
    .sort((a, b) => compareVersions(b, a));
  return [version, ...new Set(older)].slice(0, releasesShown + 1);
};

const plannedCount = (plans: readonly VersionPlan[]): number | null =>
  plans.length === 0
    ? null
    : new Set(plans.flatMap(plan => plan.planned.map(name => name.replace(/#\d+$/, '')))).size;

type Labelled = VersionPlan & { readonly place: string };

const reasonsOf = (plans: readonly Labelled[]): CoverageModel['reasons'] => {
  const left = plans.flatMap(plan => plan.unselected.map(one => ({ ...one, place: plan.place })));
  return [...Map.groupBy(left, one => `${one.code}\n${one.text}`)]
    .map(([key, own]) => {
      const [code = '', text = ''] = key.split('\n');
      return {
        code,
        text,
        scenarios: [...new Set(own.map(one => one.scenario))].sort(),
        places: [...new Set(own.map(one => one.place))].sort(),
      };
    })
    .sort((a, b) => b.scenarios.length - a.scenarios.length);
};
