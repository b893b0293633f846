import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { type KnownIssue, parseKnownIssues } from '../core/known-issue.ts';
import { packageRoot } from '../core/package-root.ts';
import type { Settings } from './settings/settings.ts';

/** The entries of `--known-issues`, else of `policy/known-issues.yaml`. Throws for one that has expired. */
export const knownIssuesOf = (settings: Settings, cwd: string, now = Date.now()): readonly KnownIssue[] => {
  const asked = settings.text('known-issues');
  if (asked === 'none') return [];
  const file = asked === undefined ? join(packageRoot(), 'policy', 'known-issues.yaml') : resolve(cwd, asked);
  return parseKnownIssues(asked ?? 'policy/known-issues.yaml', readText(file, settings), now);
};

const readText = (file: string, settings: Settings): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError('known-issues', `${settings.origin('known-issues')}: ${file} cannot be read`, {
      cause: error,
    });
  }
};
