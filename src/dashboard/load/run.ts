import type { AttemptView, RunModelView, RunsModel } from '../../../reports/dashboard/model.ts';
import type { Arch } from '../../core/target.ts';
import { recentRuns } from '../../store/queries/overview.ts';
import { runHead, targetsOfRuns } from '../../store/queries/pages.ts';
import { type RunDetail, runDetail } from '../../store/queries/run-detail.ts';
import type { Moment } from '../site.ts';
import { costOf } from './cost.ts';
import { type LogReader, logReader } from './logs.ts';

const runsShown = 100;

/** Newest runs. */
export const loadRuns = async (moment: Moment): Promise<RunsModel> => {
  const runs = (await recentRuns(moment.store, runsShown + moment.hiddenRuns.size))
    .filter(one => !moment.hiddenRuns.has(one.run))
    .slice(0, runsShown);
  const targets = Map.groupBy(
    await targetsOfRuns(
      moment.store,
      runs.map(one => one.run),
    ),
    one => one.run,
  );
  return {
    runs: runs.map(one => {
      const own = targets.get(one.run) ?? [];
      return {
        run: one.run,
        format: one.format,
        startedAt: one.startedAt,
        lastAt: one.lastEventAt,
        ended: one.ended,
        verdict: one.verdict,
        targets: own.map(target => `${target.platform}/${target.arch}/${target.channel} ${target.version}`),
        marks: {
          synthetic: one.synthetic,
          reference: own.some(target => target.kind !== 'flatcar'),
          embargoed: one.embargoed,
        },
      };
    }),
  };
};

/** V10. Undefined when the store has no such run. */
export const loadRun = async (moment: Moment, run: string): Promise<RunModelView | undefined> => {
  const head = moment.hiddenRuns.has(run) ? undefined : await runHead(moment.store, run);
  if (head === undefined) return undefined;
  const detail = await runDetail(moment.store, run);
  const counts = await targetsOfRuns(moment.store, [run]);
  const logs = await logReader(head.source, run);
  const places = new Map(detail.targets.map(one => [one.target, `${one.platform}/${one.arch}`]));
  const attempts: AttemptView[] = [];
  for (const one of detail.attempts)
    attempts.push(await attemptOf(one, places.get(one.target) ?? '', detail, logs));
  const byId = new Map(detail.attempts.map(one => [one.attempt, one]));
  return {
    run,
    format: head.format,
    imported: head.provenance !== 'run',
    startedAt: head.started_at,
    lastAt: head.last_event_at,
    ended: head.ended === 1,
    verdict: head.verdict,
    targets: detail.targets.map(one => {
      const count = counts.find(row => row.target === one.target);
      return {
        key: `${one.platform}/${one.arch}/${one.channel}`,
        version: one.version,
        digest: one.digest,
        notice: one.notice,
        planned: count?.planned ?? one.planned.length,
        decided: count?.decided ?? 0,
        passed: count?.passed ?? 0,
        cost: costOf(
          count === undefined
            ? []
            : [{ ...count, arch: count.arch as Arch, machineTime: count.machine_time }],
          moment.sources.hourly,
        ),
      };
    }),
    machines: detail.machines.filter(ownMachine).map(machine => {
      const attempt = byId.get(machine.attempt);
      return {
        attempt: machine.attempt,
        machine: machine.machine,
        role: machine.role,
        scenario: attempt?.scenario ?? (machine.attempt || 'shared'),
        number: attempt?.number ?? 1,
        outcome: attempt?.outcome ?? null,
        provisioningAt: machine.provisioning_at,
        bootingAt: machine.booting_at,
        readyAt: machine.ready_at,
        endedAt: machine.ended_at ?? attempt?.ended_at ?? (head.ended === 1 ? null : moment.at),
      };
    }),
    attempts,
    marks: {
      synthetic: head.synthetic === 1,
      reference: detail.targets.some(one => one.kind !== 'flatcar'),
      embargoed: head.embargoed === 1,
    },
  };
};

/** A machine that others use as well has a row of its own. */
const ownMachine = ({ phase }: RunDetail['machines'][number]): boolean =>
  phase !== 'shared' && phase !== 'released';

type AttemptRow = RunDetail['attempts'][number];

const attemptOf = async (
  row: AttemptRow,
  place: string,
  detail: RunDetail,
  logs: LogReader,
): Promise<AttemptView> => {
  const bad = row.outcome !== null && row.outcome !== 'passed' && row.outcome !== 'skipped';
  const folders = detail.machines
    .filter(machine => machine.attempt === row.attempt && machine.folder !== null)
    .flatMap(machine => (machine.folder === null ? [] : [machine.folder]));
  return {
    attempt: row.attempt,
    scenario: row.copy > 1 ? `${row.scenario}#${row.copy}` : row.scenario,
    place,
    number: row.number,
    outcome: row.outcome,
    cause: row.cause,
    message: row.message,
    rule: row.rule,
    startedAt: row.started_at,
    took: row.ended_at === null ? null : row.ended_at - row.started_at,
    phases: { provision: row.provision, boot: row.boot, run: row.body, teardown: row.teardown },
    subtests: detail.subtests
      .filter(one => one.attempt === row.attempt)
      .map(one => ({ name: one.subtest, outcome: one.outcome })),
    logs: bad ? await logs.of(row.evidence, folders) : [],
  };
};
