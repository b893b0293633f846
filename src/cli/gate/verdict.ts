import type { ExitCode } from '../../core/outcome.ts';
import { whyNotCounted } from '../../gate/counting.ts';
import { verdictMarkdown } from '../../gate/decision/markdown.ts';
import { type FailureGroup, failureGroups } from '../../gate/groups.ts';
import type { GateInput } from '../../gate/input.ts';
import { channelRules } from '../../gate/policy/load.ts';
import { decide, exitCodeOf, type Verdict } from '../../gate/verdict.ts';
import type { CommandInput } from '../command.ts';
import { gatherOne } from './evidence.ts';
import { idleWaivers } from './idle-waivers.ts';
import { verdictText } from './verdict-text.ts';

/** `kola gate`: the verdict, what is not met, and the failures by cause. */
export const showVerdict = async (input: CommandInput): Promise<ExitCode> =>
  tellVerdict(await gatherOne(input), input);

/** Prints the verdict on gathered evidence. */
export const tellVerdict = (evidence: GateInput, { settings, terminal }: CommandInput): ExitCode => {
  const verdict = decide(evidence);
  const groups = countedFailures(evidence, verdict);
  if (settings.on('json')) terminal.out(JSON.stringify({ ...verdict, failures: groups }, null, 2));
  else if (settings.on('markdown')) terminal.out(verdictMarkdown(verdict));
  else for (const line of verdictText(verdict, groups, idleWaivers(evidence))) terminal.out(line);
  return exitCodeOf(verdict.overall);
};

const countedFailures = (evidence: GateInput, verdict: Verdict): FailureGroup[] => {
  const { policy, candidate, previous, issues } = evidence;
  const channel = channelRules(policy.policy, candidate.channel);
  const counted = evidence.targets.filter(
    target =>
      verdict.arches.some(({ arch }) => arch === target.arch) &&
      whyNotCounted(target, evidence, channel) === undefined,
  );
  return failureGroups(counted, previous?.targets ?? [], issues, previous?.version);
};
