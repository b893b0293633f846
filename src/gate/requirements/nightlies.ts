import type { TargetRecord } from '../../core/history.ts';
import { compareVersions } from '../../core/version.ts';
import { buildCells } from '../cells.ts';
import { whyNotCountedForPrevious } from '../previous.ts';
import {
  type ArchContext,
  type Finding,
  missing,
  type Requirement,
  requirement,
  unmet,
} from '../requirement.ts';

/** The last nightly builds of the same branch were green on every blocking platform they were tested on. */
export const nightlies = (context: ArchContext): Requirement[] => {
  const rule = context.channel.rules.nightlies;
  if (rule === 'off') return [];
  const targets = context.input.nightlies.filter(
    target =>
      target.arch === context.arch &&
      context.blocking.includes(target.platform) &&
      whyNotCountedForPrevious(target, context.input) === undefined,
  );
  const versions = [...new Set(targets.map(target => target.version))].sort((a, b) => compareVersions(b, a));
  const last = versions.slice(0, rule.green);
  const findings: Finding[] = last.flatMap(version =>
    findingsOf(
      context,
      version,
      targets.filter(target => target.version === version),
    ),
  );
  if (last.length < rule.green) {
    findings.push(
      missing(`${last.length} nightlies of this branch were tested, ${rule.green} are wanted`, 'wait'),
    );
  }
  return [
    requirement(
      'nightlies',
      { channel: context.channel.channel, arch: context.arch },
      `the last ${rule.green} nightlies are green`,
      findings,
      rule.severity,
    ),
  ];
};

/** A nightly is judged like a release, by what was planned for it: waivers and infrastructure read the same. */
const findingsOf = (context: ArchContext, version: string, targets: readonly TargetRecord[]): Finding[] => {
  const { channel, input, arch } = context;
  const scenarios = { ...channel.rules.scenarios, always: [] };
  const plannedOnly = { ...channel, rules: { ...channel.rules, scenarios } };
  const cells = buildCells({ ...input, catalogue: [] }, plannedOnly, arch, targets).filter(
    cell => cell.required,
  );
  const red = cells.filter(cell => cell.judgement.state === 'failed');
  const open = cells.filter(cell => cell.holes.length > 0 || cell.judgement.state === 'missing');
  const detail = { subject: version, evidence: targets.map(target => `run/${target.run}`) };
  const [firstRed, firstOpen] = [red[0], open[0]];
  const findings: Finding[] = [];
  if (firstRed !== undefined) {
    const example = `${firstRed.platform}:${firstRed.scenario}: ${firstRed.judgement.why}`;
    findings.push(unmet(`nightly ${version} failed ${red.length} scenario(s): ${example}`, 'fix', detail));
  }
  if (firstOpen !== undefined) {
    const example = `${firstOpen.platform}:${firstOpen.scenario}`;
    const text = `nightly ${version} has ${open.length} scenario(s) without a result: ${example}`;
    findings.push(missing(text, 'rerun', detail));
  }
  return findings;
};
