import { z } from 'zod';
import { hasExpired, signatureGlobSchema } from './accepted-failure.ts';
import { UsageError } from './errors.ts';
import type { Failure } from './failure.ts';
import { anyMatches, globMatches } from './glob.ts';
import { type Arch, arches } from './target.ts';
import { compareVersions } from './version.ts';
import { readYaml } from './yaml-file.ts';

const globs = z.array(z.string().min(1)).min(1);

const common = {
  /** Stable; events and reports name it. */
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'expected lower-case letters, digits, dots and dashes'),
  /** Globs on scenario names. */
  scenarios: globs,
  /** Where it holds; absent = everywhere. Globs, but for architectures. */
  platforms: globs.optional(),
  arches: z.array(z.enum(arches)).min(1).optional(),
  channels: globs.optional(),
  /** `from` inclusive, `until` exclusive; of the image, or of what it imitates. */
  versions: z.strictObject({ from: z.string().optional(), until: z.string().optional() }).optional(),
  tracker: z.url(),
  reason: z.string().min(1),
  /** Last day (UTC) on which it holds. */
  expires: z.iso.date(),
};

/**
 * `warn`: the scenario runs, and a failure with this signature does not make the run fail.
 * `deny`: the scenario is not selected.
 */
const knownIssueSchema = z.discriminatedUnion('effect', [
  z.strictObject({ ...common, effect: z.literal('warn'), signature: signatureGlobSchema }),
  z.strictObject({ ...common, effect: z.literal('deny') }),
]);
export type KnownIssue = z.infer<typeof knownIssueSchema>;

const fileSchema = z
  .strictObject({ schema: z.literal(1), issues: z.array(knownIssueSchema) })
  .superRefine(({ issues }, context) => {
    for (const [index, { id }] of issues.entries())
      if (issues.findIndex(other => other.id === id) < index)
        context.addIssue({ code: 'custom', path: ['issues', index, 'id'], message: `a second entry ${id}` });
  });

/**
 * Reads `policy/known-issues.yaml`. An entry that has expired is an error: somebody has to look again, and either
 * say so with a new date or take it out.
 */
export const parseKnownIssues = (file: string, text: string, now: number): readonly KnownIssue[] => {
  const { issues } = readYaml(file, text, fileSchema);
  const expired = issues.filter(({ expires }) => hasExpired(expires, now));
  if (expired.length > 0)
    throw new UsageError(
      'known-issue-expired',
      expired.map(({ id, expires }) => `${file}: known issue ${id} expired on ${expires}`).join('\n'),
      { hint: `look at ${expired.map(({ tracker }) => tracker).join(', ')}: renew the date, or take it out` },
    );
  return issues;
};

/** What an entry is asked about. */
export interface KnownIssueQuestion {
  readonly scenario: string;
  readonly platform: string;
  readonly arch: Arch;
  readonly channel: string;
  readonly version: string;
}

export const issueApplies = (issue: KnownIssue, at: KnownIssueQuestion): boolean =>
  anyMatches(issue.scenarios, at.scenario) && issueInScope(issue, at);

/** Whether an entry is about a place, whatever the scenario. */
export const issueInScope = (
  { platforms, arches: archs, channels, versions }: KnownIssue,
  at: Omit<KnownIssueQuestion, 'scenario'>,
): boolean =>
  (platforms === undefined || anyMatches(platforms, at.platform)) &&
  (archs === undefined || archs.includes(at.arch)) &&
  (channels === undefined || anyMatches(channels, at.channel)) &&
  (versions?.from === undefined || compareVersions(at.version, versions.from) >= 0) &&
  (versions?.until === undefined || compareVersions(at.version, versions.until) < 0);

/** The entry that a failure is explained by. One with another signature is a new failure. */
export const issueExplaining = (
  issues: readonly KnownIssue[],
  at: KnownIssueQuestion,
  failure: Pick<Failure, 'signature'> | undefined,
): KnownIssue | undefined =>
  failure === undefined
    ? undefined
    : issues.find(
        issue =>
          issue.effect === 'warn' &&
          issueApplies(issue, at) &&
          globMatches(issue.signature, failure.signature),
      );
