import type { ReleaseHead } from '../../../reports/dashboard/model.ts';
import type { TargetRecord } from '../../core/history.ts';
import { compareVersions, isNightly, majorOf } from '../../core/version.ts';
import { buildCells, type Cell } from '../../gate/cells.ts';
import { whyNotCounted } from '../../gate/counting.ts';
import { gather } from '../../gate/gather.ts';
import type { GateInput } from '../../gate/input.ts';
import { type ChannelRules, channelRules, openChannels } from '../../gate/policy/load.ts';
import type { Policy } from '../../gate/policy/schema.ts';
import { whyNotCountedForPrevious } from '../../gate/previous.ts';
import { decide, type Verdict } from '../../gate/verdict.ts';
import type { Moment } from '../site.ts';
import { meetingOf } from './meeting.ts';

/** Everything that the pages about one release are made of. */
export interface ReleaseState {
  readonly input: GateInput;
  readonly rules: ChannelRules;
  /** Undefined when the policy does not know the channel. */
  readonly verdict: Verdict | undefined;
  readonly counted: readonly TargetRecord[];
  /** Of the previous release, those that are a yardstick. */
  readonly before: readonly TargetRecord[];
  readonly cells: readonly Cell[];
  readonly head: ReleaseHead;
}

export const releaseState = (moment: Moment, channel: string, version: string): Promise<ReleaseState> =>
  moment.memo(`release\n${channel}\n${version}`, async () => {
    const stream = streamOf(moment.policy.policy, channel, version);
    return stream === undefined
      ? unjudged(moment, channel, version)
      : judged(moment, channelRules(moment.policy.policy, stream), version);
  });

/** The channel or LTS stream of the policy that a version filed under a channel belongs to. */
export const streamOf = (policy: Policy, channel: string, version: string): string | undefined =>
  openChannels(policy).find(name => {
    const rules = channelRules(policy, name);
    const fits = rules.major === undefined || String(rules.major) === majorOf(version);
    return fits && rules.names.includes(channel);
  });

const judged = async (moment: Moment, rules: ChannelRules, version: string): Promise<ReleaseState> => {
  const candidate = { channel: rules.channel, version };
  const { policy, waivers, at } = moment;
  const input = await gather(moment.history, { now: at, policy, candidate, waivers });
  const verdict = decide(input);
  const counted = input.targets.filter(target => whyNotCounted(target, input, rules) === undefined);
  const before = (input.previous?.targets ?? []).filter(
    target => whyNotCountedForPrevious(target, input) === undefined,
  );
  return {
    input,
    rules,
    verdict,
    counted,
    before,
    cells: rules.arches.flatMap(({ arch }) => buildCells(input, rules, arch, counted)),
    head: {
      channel: rules.channel,
      version,
      previous: input.previous?.version ?? null,
      decision: verdict.overall,
      unjudged: null,
      policy: policy.policy.id,
      arches: verdict.arches.map(({ arch, decision, digests, counts }) => ({
        arch,
        decision,
        digests,
        counts,
      })),
      meeting: await meetingOf(moment, candidate),
    },
  };
};

/** A channel that the policy does not know (`reference`, a custom build): all its results, and no verdict. */
const unjudged = async (moment: Moment, channel: string, version: string): Promise<ReleaseState> => {
  const { policy, waivers, at, history } = moment;
  const targets = (await history.targets({ channel, version })).filter(one => one.channel === channel);
  const earlier = (await history.versions(channel)).filter(
    one => compareVersions(one, version) < 0 && isNightly(one) === isNightly(version),
  );
  const [previous] = earlier;
  const before = previous === undefined ? [] : await history.targets({ channel, version: previous });
  const input: GateInput = {
    now: at,
    policy,
    candidate: { channel, version },
    targets,
    release: await history.release(channel, version),
    previous: previous === undefined ? undefined : { version: previous, release: undefined, targets: before },
    nightlies: [],
    ancestors: [],
    adoption: [],
    issues: await history.issues(),
    waivers,
    catalogue: [],
    setAside: [],
    emergency: undefined,
  };
  const rules = rulesFor(policy.policy, channel, targets);
  return {
    input,
    rules,
    verdict: undefined,
    counted: targets,
    before,
    cells: rules.arches.flatMap(({ arch }) => buildCells(input, rules, arch, targets)),
    head: {
      channel,
      version,
      previous: previous ?? null,
      decision: null,
      unjudged: `The policy ${policy.policy.id} has no channel ${channel} for this version, so there is no verdict.`,
      policy: policy.policy.id,
      arches: [],
      meeting: { state: 'not-opened' },
    },
  };
};

const rulesFor = (policy: Policy, channel: string, targets: readonly TargetRecord[]): ChannelRules => ({
  channel,
  names: [channel],
  major: undefined,
  minors: undefined,
  endOfLife: undefined,
  arches: (['amd64', 'arm64'] as const)
    .filter(arch => targets.some(target => target.arch === arch))
    .map(arch => ({ arch, platforms: { blocking: [], informing: [] } })),
  rules: { ...policy.defaults, scenarios: { mustPass: [], except: [], always: [] } },
});

export const marksOf = (targets: readonly Pick<TargetRecord, 'synthetic' | 'kind' | 'embargoed'>[]) => ({
  synthetic: targets.some(target => target.synthetic),
  reference: targets.some(target => target.kind !== 'flatcar'),
  embargoed: targets.some(target => target.embargoed),
});
