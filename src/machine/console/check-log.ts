import type { RuleHit } from './hit.ts';
import type { ConsoleRules } from './rules.ts';
import { LogWatcher, type WatchOptions } from './watcher.ts';

/** Applies the rules to a whole saved log, console or journal. Excused hits are in the answer, too. */
export const checkLog = (
  text: string,
  rules: ConsoleRules,
  options: WatchOptions = {},
): readonly RuleHit[] => {
  const watcher = new LogWatcher(rules, options);
  return [...watcher.feed(text), ...watcher.end()];
};

/** The last lines of a log, for a failure that no rule explains. */
export const logTail = (text: string, lines = 20): string =>
  text.replaceAll('\r', '').trimEnd().split('\n').slice(-lines).join('\n');
