import { anyMatches } from '../core/glob.ts';
import type { TargetRecord } from '../core/history.ts';
import { plannedName } from '../core/history.ts';
import type { Arch } from '../core/target.ts';
import { compareText } from './canonical.ts';
import type { Entry } from './entry.ts';
import type { GateInput } from './input.ts';
import { type Judgement, judge } from './judge.ts';
import type { ChannelRules } from './policy/load.ts';

/** One scenario on one platform and architecture: everything the counted runs say about it. */
export interface Cell {
  /** `aws`, or `aws[m4.2xlarge]` for a further machine type. */
  readonly platform: string;
  readonly arch: Arch;
  readonly scenario: string;
  /** The policy wants it to pass and the platform blocks: it can decide the verdict. */
  readonly required: boolean;
  readonly judgement: Judgement;
  /** Runs that planned it and whose result is not there. */
  readonly holes: readonly string[];
}

interface OpenCell {
  readonly entries: Entry[];
  readonly holes: Set<string>;
}

export const platformLabel = (target: Pick<TargetRecord, 'platform' | 'variant'>): string =>
  target.variant === '' ? target.platform : `${target.platform}[${target.variant}]`;

const scenarioOfPlanned = (planned: string): string => planned.replace(/#\d+$/, '');

/** All cells of one architecture, sorted by platform and scenario. `targets` are the ones that count. */
export const buildCells = (
  input: GateInput,
  channel: ChannelRules,
  arch: Arch,
  targets: readonly TargetRecord[],
): Cell[] => {
  const platforms = channel.arches.find(one => one.arch === arch)?.platforms;
  const blocking = new Set(platforms?.blocking);
  const { mustPass, except, always } = channel.rules.scenarios;
  const open = new Map<string, OpenCell>();
  const cellAt = (platform: string, scenario: string): OpenCell => {
    const key = `${platform}\n${scenario}`;
    const cell = open.get(key) ?? { entries: [], holes: new Set() };
    open.set(key, cell);
    return cell;
  };
  for (const platform of blocking) for (const scenario of always) cellAt(platform, scenario);
  for (const entry of input.catalogue) if (entry.arch === arch) cellAt(entry.platform, entry.scenario);
  for (const target of targets) if (target.arch === arch) addTarget(target, cellAt);
  return [...open]
    .map(([key, cell]): Cell => {
      const [platform = '', scenario = ''] = key.split('\n');
      const base = platform.replace(/\[.*$/, '');
      const question = {
        scenario,
        platform: base,
        arch,
        channels: channel.names,
        version: input.candidate.version,
      };
      return {
        platform,
        arch,
        scenario,
        required: blocking.has(base) && anyMatches(mustPass, scenario) && !anyMatches(except, scenario),
        judgement: judge(cell.entries, question, input, channel.rules.secondPerson),
        holes: [...cell.holes].sort(compareText),
      };
    })
    .sort((a, b) => compareText(a.platform, b.platform) || compareText(a.scenario, b.scenario));
};

const addTarget = (target: TargetRecord, cellAt: (platform: string, scenario: string) => OpenCell): void => {
  const platform = platformLabel(target);
  const there = new Set(target.results.map(result => plannedName(result.scenario, result.copy)));
  for (const result of target.results) cellAt(platform, result.scenario).entries.push({ target, result });
  for (const planned of target.planned) {
    const cell = cellAt(platform, scenarioOfPlanned(planned));
    if (!there.has(planned)) cell.holes.add(target.run);
  }
};
