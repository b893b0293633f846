import { agenda, allRequirements } from '../agenda.ts';
import type { Finding } from '../requirement.ts';
import type { Verdict } from '../verdict.ts';
import { closingOf, currentVotes, type DecisionRecord, openingOf } from './record.ts';

/** Characters that a comment may have (60 kB) leave room for this many lines of a list. */
const listLimit = 60;

const signs = { GO: '✅ GO', 'NO-GO': '⛔ NO-GO', UNDECIDED: '❔ UNDECIDED' } as const;

/** The verdict for a terminal-free reader: release issue, chat, step summary. */
export const verdictMarkdown = (verdict: Verdict): string => {
  const { channel, version } = verdict.candidate;
  const open = agenda(verdict);
  const waivedFindings = allRequirements(verdict)
    .flatMap(requirement => requirement.findings)
    .filter(finding => finding.state === 'waived');
  return [
    `## ${text(channel)} ${text(version)}: ${signs[verdict.overall]}`,
    '',
    ...verdict.notices.flatMap(notice => [`> ${text(notice)}`, '']),
    `Policy \`${code(verdict.policy.id)}\` (\`${verdict.policy.hash.slice(0, 19)}…\`), as of ${verdict.at}.`,
    '',
    '| Architecture | Verdict | Passed | Flaky | Failed | Waived | Missing |',
    '|---|---|--:|--:|--:|--:|--:|',
    ...verdict.arches.map(
      ({ arch, decision, counts }) =>
        `| ${arch} | ${signs[decision]} | ${counts.passed} | ${counts.flaky} | ${counts.failed} | ${counts.waived} | ${counts.missing} |`,
    ),
    '',
    ...section(
      'Not met',
      open.map(({ requirement, finding }) => {
        const warning = requirement.severity === 'warning' ? ' *(warning)*' : '';
        const action = finding.action === null ? '' : ` — ${finding.action}`;
        return `- **${finding.state}**${warning} \`${code(requirement.id)}\`: ${text(finding.text)}${action}`;
      }),
    ),
    ...section(
      'Waived',
      waivedFindings.map((finding: Finding) => `- ${text(finding.text)}`),
    ),
  ].join('\n');
};

/** The whole decision for the release issue. The verdict comes from the record's evidence. */
export const decisionMarkdown = (record: DecisionRecord, verdict: Verdict): string => {
  const opened = openingOf(record);
  const closed = closingOf(record);
  const round = record.round > 1 ? ` (round ${record.round})` : '';
  return [
    `# Decision: ${text(record.channel)} ${text(record.version)}${round}`,
    '',
    closed === undefined
      ? `Voting since ${opened.time}; opened by @${opened.by}.`
      : `**${signs[closed.outcome]}** by ${closed.how.replace('-', ' ')}, closed ${closed.time} by @${closed.by}.`,
    ...(closed?.nextReview === undefined ? [] : ['', `Looked at again ${closed.nextReview}.`]),
    '',
    ...section(
      'Conditions',
      (closed?.conditions ?? []).map(one => `- \`${code(one.requirement)}\`: ${text(one.text)}`),
    ),
    verdictMarkdown(verdict),
    '',
    '## Votes',
    '',
    '| Voter | Vote | Requirement | Reason |',
    '|---|---|---|---|',
    ...currentVotes(record).map(
      vote =>
        `| @${vote.voter} | ${vote.vote} | ${vote.requirement === undefined ? '' : `\`${code(vote.requirement)}\``} | ${text(vote.reason)} |`,
    ),
    '',
    ...section(
      'Images',
      opened.digests.map(digest => `- \`${digest}\``),
    ),
    ...section(
      'Waivers in force',
      opened.waivers.map(one => `- ${text(one.id)} \`${code(one.hash)}\``),
    ),
    ...section('Evidence', [
      `- ${opened.runs.length} run(s): ${opened.runs.map(run => `\`${code(run)}\``).join(', ')}`,
      `- \`${code(opened.evidence.file)}\` \`${opened.evidence.hash}\``,
      `- verdict \`${opened.verdict.hash}\``,
      `- record \`${record.entries.at(-1)?.hash ?? ''}\``,
    ]),
  ].join('\n');
};

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0
    ? []
    : [
        `### ${title}`,
        '',
        ...lines.slice(0, listLimit),
        ...(lines.length > listLimit ? [`- … and ${lines.length - listLimit} more`] : []),
        '',
      ];

/** Messages come from machines under test: no HTML, no mention, no table cell, no line of their own. */
const text = (raw: string): string =>
  raw
    .replace(/\s+/g, ' ')
    .slice(0, 400)
    .replace(/[\\`*_[\]|~#]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('@', '@\u200b');

const code = (raw: string): string => raw.replace(/[`|\s]/g, ' ').slice(0, 200);
