import type { Clock } from '../core/clock.ts';
import type { Progress } from '../image/release/download.ts';
import type { Terminal } from './terminal.ts';

const mebibyte = 2 ** 20;
/** Milliseconds between lines: a log does not want more, and a person not less. */
const interval = 5000;

/** Says now and then how far a download has come: lines, so that logs can be read later. */
export const downloadProgress = (
  what: string,
  terminal: Pick<Terminal, 'err'>,
  clock: Clock,
): { readonly step: (progress: Progress) => void; readonly end: () => void } => {
  const start = clock.monotonic();
  let told = start;
  let first: number | undefined;
  let last: Progress | undefined;
  const rate = ({ done }: Progress): string => {
    const seconds = Math.max(0.001, (clock.monotonic() - start) / 1000);
    return `${((done - (first ?? 0)) / mebibyte / seconds).toFixed(1)} MiB/s`;
  };
  return {
    step: progress => {
      first ??= progress.done;
      last = progress;
      if (clock.monotonic() - told < interval) return;
      told = clock.monotonic();
      const { done, total } = progress;
      const share =
        total === undefined
          ? ''
          : ` of ${Math.round(total / mebibyte)} (${Math.floor((100 * done) / total)} %)`;
      terminal.err(`Downloading ${what}: ${Math.round(done / mebibyte)}${share} MiB, ${rate(progress)}`);
    },
    end: () => {
      if (last !== undefined && clock.monotonic() - start >= interval)
        terminal.err(`Downloaded ${Math.round(last.done / mebibyte)} MiB at ${rate(last)}`);
    },
  };
};
