import type { BoardCandidate, BoardModel, TestedVersion } from '../../../reports/dashboard/model.ts';
import { compareVersions, isNightly, majorOf } from '../../core/version.ts';
import { releaseBoard } from '../../gate/board.ts';
import { channelRules, openChannels } from '../../gate/policy/load.ts';
import { type ReleaseRow, releaseOverview } from '../../store/queries/overview.ts';
import type { Moment } from '../site.ts';
import { meetingOf } from './meeting.ts';
import { marksOf, type ReleaseState, releaseState } from './release-state.ts';

const day = 86_400_000;
const versionsShown = 80;

/** V1. */
export const loadBoard = async (moment: Moment): Promise<BoardModel> => {
  const { policy } = moment.policy;
  const states: ReleaseState[] = [];
  for (const channel of openChannels(policy)) {
    for (const version of await candidatesOf(moment, channel))
      states.push(await releaseState(moment, channel, version));
  }
  const verdicts = states.flatMap(state => (state.verdict === undefined ? [] : [state.verdict]));
  return {
    policy: { id: policy.id, title: policy.title },
    overall: verdicts.length === 0 ? null : releaseBoard(verdicts).overall,
    candidates: states.flatMap(candidateOf),
    tested: await testedVersions(moment),
  };
};

/** Older versions that are looked at for a vote that is still open. */
const olderLooked = 3;

/** A channel's newest version by number, whether or not it is out already, and older ones that are being voted on. */
const candidatesOf = async (moment: Moment, channel: string): Promise<string[]> => {
  const rules = channelRules(moment.policy.policy, channel);
  const all = await Promise.all(rules.names.map(name => moment.history.versions(name)));
  const [newest, ...older] = [...new Set(all.flat())]
    .filter(version => !isNightly(version))
    .filter(version => rules.major === undefined || majorOf(version) === String(rules.major))
    .sort((a, b) => compareVersions(b, a));
  if (newest === undefined) return [];
  const found = [newest];
  for (const version of older.slice(0, olderLooked)) {
    const { state } = await meetingOf(moment, { channel, version });
    if (state === 'voting') found.push(version);
  }
  return found;
};

const candidateOf = (state: ReleaseState): BoardCandidate[] => {
  const { verdict, rules, cells, counted, head } = state;
  if (verdict === undefined) return [];
  const passes = cells
    .filter(cell => cell.required)
    .map(cell => cell.judgement.passedAt)
    .filter(at => at !== null);
  return [
    {
      channel: head.channel,
      version: head.version,
      previous: head.previous,
      decision: verdict.overall,
      arches: releaseBoard([verdict]).rows,
      soak: rules.rules.soak === 'off' ? null : { days: soakedDays(state), required: rules.rules.soak.days },
      oldestAt: passes.length === 0 ? null : passes.reduce((a, b) => Math.min(a, b)),
      meeting: head.meeting,
      marks: marksOf(counted),
    },
  ];
};

/** Whole days that the version it is promoted from is out; null = not known. */
export const soakedDays = ({ input }: ReleaseState): number | null => {
  const from = input.release?.promotedFrom;
  const source = input.ancestors.find(one => one.channel === from?.channel && one.version === from?.version);
  return source?.releasedAt === undefined
    ? null
    : Math.floor((input.now - Date.parse(source.releasedAt)) / day);
};

const testedVersions = async (moment: Moment): Promise<TestedVersion[]> => {
  const { embargoed } = moment.sources;
  const rows = await releaseOverview(moment.store, moment.at - 400 * day, versionsShown * 2, embargoed);
  return [...Map.groupBy(rows, row => `${row.channel}\n${row.version}`).values()]
    .slice(0, versionsShown)
    .map(joined);
};

const joined = (rows: readonly ReleaseRow[]): TestedVersion => {
  const sum = (read: (row: ReleaseRow) => number): number =>
    rows.reduce((total, row) => total + Number(read(row)), 0);
  return {
    channel: rows[0]?.channel ?? '',
    version: rows[0]?.version ?? '',
    arches: rows.map(row => row.arch).sort(),
    targets: sum(row => row.targets),
    planned: sum(row => row.planned),
    decided: sum(row => row.decided),
    passed: sum(row => row.passed),
    failed: sum(row => row.failed),
    flaky: sum(row => row.flaky),
    lastAt: Math.max(...rows.map(row => Number(row.lastAt))),
    marks: {
      synthetic: rows.some(row => row.synthetic),
      reference: rows.some(row => row.reference),
      embargoed: rows.some(row => row.embargoed),
    },
  };
};
