import type {
  FlakesModel,
  ScenarioModel,
  ScenarioPoint,
  ScenariosModel,
} from '../../../reports/dashboard/model.ts';
import { type CauseKind, isInfrastructure, type Outcome } from '../../core/outcome.ts';
import { platformLabel } from '../../gate/cells.ts';
import { type FlakePoint, flakeScore } from '../../gate/compare/flake-score.ts';
import { scenarioTotals } from '../../store/queries/pages.ts';
import { type ScenarioResult, scenarioHistory, unstableResults } from '../../store/queries/scenario.ts';
import type { Moment } from '../site.ts';

const day = 86_400_000;
/** Thirty versions on two dozen places, with room for what was run again. */
const resultsRead = 900;
const flakeDays = 30;
const scenarioDays = 30;
const scenariosRanked = 60;
const flakesShown = 200;

/** Newest first, without what must not be shown. */
export const historyOf = async (
  moment: Moment,
  scenario: string,
  limit = resultsRead,
): Promise<ScenarioResult[]> =>
  (await scenarioHistory(moment.store, scenario, { limit })).filter(one => !moment.hiddenRuns.has(one.run));

/** V5. */
export const loadScenario = async (moment: Moment, scenario: string): Promise<ScenarioModel> => {
  const results = await historyOf(moment, scenario);
  const places = [...Map.groupBy(results, placeOf).values()].map(own => flakeScore(own.map(flakePoint)));
  const worst = places.toSorted((a, b) => b.score - a.score)[0];
  return {
    scenario,
    results: results.map(one => pointOf(scenario, one)),
    flake: { score: worst?.score ?? 0, flips: worst?.flips ?? 0, trend: worst?.trend ?? 'unknown' },
    waivers: moment.waivers.filter(one => one.scenario === scenario).map(one => one.id),
  };
};

const placeOf = (one: ScenarioResult): string => `${platformLabel(one)}/${one.arch}`;

const infrastructure = ({ cause }: ScenarioResult): boolean =>
  cause !== null && isInfrastructure(cause as CauseKind);

const flakePoint = (one: ScenarioResult): FlakePoint => ({
  outcome: one.outcome as Outcome,
  infrastructure: infrastructure(one),
});

const pointOf = (scenario: string, one: ScenarioResult): ScenarioPoint => ({
  scenario,
  run: one.run,
  place: placeOf(one),
  channel: one.channel,
  version: one.version,
  outcome: one.outcome,
  cause: one.cause,
  infrastructure: infrastructure(one) && one.outcome !== 'passed',
  message: one.message,
  attempts: one.attempts,
  at: one.decidedAt,
  took: one.took,
  boot: one.boot,
  marks: { synthetic: one.synthetic, reference: one.kind !== 'flatcar' },
});

export const loadScenarios = async (moment: Moment): Promise<ScenariosModel> => ({
  days: scenarioDays,
  rows: await scenarioTotals(moment.store, moment.at - scenarioDays * day, moment.sources.embargoed),
});

type FlakeRow = FlakesModel['rows'][number];

/** V9. */
export const loadFlakes = async (moment: Moment): Promise<FlakesModel> => {
  const unstable = await unstableResults(moment.store, moment.at - flakeDays * day);
  const told = unstable.filter(one => !moment.hiddenRuns.has(one.run) && !infrastructure(one));
  const most = [...Map.groupBy(told, one => one.scenario)]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, scenariosRanked);
  const rows = await Promise.all(most.map(([scenario]) => flakesOf(moment, scenario)));
  return {
    days: flakeDays,
    rows: rows
      .flat()
      .sort((a, b) => b.score - a.score || b.wasted - a.wasted)
      .slice(0, flakesShown),
  };
};

const flakesOf = async (moment: Moment, scenario: string): Promise<FlakeRow[]> => {
  const since = moment.at - flakeDays * day;
  const results = (await historyOf(moment, scenario)).filter(one => one.decidedAt >= since);
  return [...Map.groupBy(results, placeOf)].flatMap(([place, own]) => {
    const { score, flips, results: counted, trend } = flakeScore(own.map(flakePoint));
    const flaky = own.filter(one => one.outcome === 'flaky' && !infrastructure(one)).length;
    if (flips === 0 && flaky === 0) return [];
    const failures = own.filter(one => one.outcome === 'failed' || one.outcome === 'timedout').length;
    return [
      {
        scenario,
        place,
        score,
        flips,
        results: counted,
        flaky,
        failures,
        wasted: own.reduce((sum, one) => sum + wastedBy(one), 0),
        trend,
        action: adviceFor(own, score),
        last: own.slice(0, 30).map(one => one.outcome),
        lastAt: own[0]?.decidedAt ?? 0,
      },
    ];
  });
};

/** Time of the attempts that were not the last; the share of each is not kept, so they count alike. */
const wastedBy = (one: ScenarioResult): number =>
  one.attempts > 1 ? (one.took * (one.attempts - 1)) / one.attempts : 0;

const quarantineFrom = 60;

const adviceFor = (results: readonly ScenarioResult[], score: number): string => {
  const bad = results.filter(one => one.outcome !== 'passed');
  const outside = bad.filter(infrastructure).length;
  if (outside * 2 > bad.length) return 'look at the infrastructure';
  return score >= quarantineFrom ? 'quarantine and fix' : 'fix';
};
