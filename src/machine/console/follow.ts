import type { ConsoleSource } from '../../core/platform.ts';
import type { RuleHit } from './hit.ts';
import type { LogWatcher } from './watcher.ts';

/** Silence after which an unfinished line is judged as it stands. */
const promptAfter = 300;

/** Feeds a console to a watcher until it or the signal ends; `onHit` is called as hits are found. */
export const followConsole = async (
  source: ConsoleSource,
  watcher: LogWatcher,
  onHit: (hit: RuleHit) => void,
  signal: AbortSignal,
): Promise<void> => {
  let quiet: NodeJS.Timeout | undefined;
  try {
    for await (const chunk of source.follow(signal)) {
      clearTimeout(quiet);
      watcher.feed(chunk).forEach(onHit);
      quiet = setTimeout(() => watcher.idle().forEach(onHit), promptAfter);
      quiet.unref();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearTimeout(quiet);
    watcher.end().forEach(onHit);
  }
};
