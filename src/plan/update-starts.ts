import { compareVersions, isReleaseBuild } from '../core/version.ts';

/** A release that machines start with before they install the candidate. */
export interface UpdateStart {
  readonly channel: string;
  /** undefined = the release before the candidate, which is not known. */
  readonly version: string | undefined;
  /** Globs on scenario names. */
  readonly scenarios: readonly string[];
}

/** Where updates start, as `policy/matrix.yaml` says it. */
export type StartRule =
  | { readonly release: 'previous'; readonly scenarios: readonly string[] }
  | { readonly channel: string; readonly version: string; readonly scenarios: readonly string[] };

/**
 * The release before a candidate: the one that was named, else the newest older one among what the server calls current
 * and what the history has of the channel. Builds that were never released are none.
 */
export const releaseBefore = (
  candidate: string,
  { named, known }: { readonly named: string | undefined; readonly known: readonly string[] },
): string | undefined =>
  named ??
  known
    .filter(version => isReleaseBuild(version) && compareVersions(version, candidate) < 0)
    .sort((a, b) => compareVersions(b, a))[0];

/**
 * Every start once, with all scenarios that begin there. What is not older than the candidate is no start of an update;
 * a candidate without a version is taken for newer than everything.
 */
export const updateStarts = (
  rules: readonly StartRule[],
  candidate: { readonly channel: string; readonly version: string | undefined },
  previous: string | undefined,
): readonly UpdateStart[] => {
  const starts = rules.map(rule =>
    'release' in rule
      ? { channel: candidate.channel, version: previous, scenarios: rule.scenarios }
      : { channel: rule.channel, version: rule.version, scenarios: rule.scenarios },
  );
  const older = starts.filter(
    ({ version }) =>
      version === undefined ||
      candidate.version === undefined ||
      compareVersions(version, candidate.version) < 0,
  );
  return [...Map.groupBy(older, ({ version }) => version).values()].flatMap(same =>
    same.slice(0, 1).map(first => ({
      ...first,
      scenarios: [...new Set(same.flatMap(({ scenarios }) => scenarios))],
    })),
  );
};
