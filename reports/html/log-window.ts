import { printable } from '../printable.ts';

/** A stretch of consecutive lines of a log. */
export interface LogPart {
  /** 1-based number of its first line. */
  readonly from: number;
  readonly text: string;
}

export interface LogWindow {
  readonly lines: number;
  readonly parts: readonly LogPart[];
  /** The line that decides, when it is known and exists. */
  readonly mark?: number;
}

/** Longer lines are binary data or worse. */
const longestLine = 1000;
const before = 120;
const after = 60;

/** The end of a log, and what surrounds the decisive line where that is further up. */
export const logWindow = (text: string, mark: number | undefined, tail: number): LogWindow => {
  const lines = text.replace(/\r?\n$/, '').split('\n');
  const tailFrom = Math.max(1, lines.length - tail + 1);
  const part = (from: number, to: number): LogPart => ({
    from,
    text: lines
      .slice(from - 1, to)
      .map(line => printable(line.slice(0, longestLine)))
      .join('\n'),
  });
  if (mark === undefined || mark > lines.length)
    return { lines: lines.length, parts: [part(tailFrom, lines.length)] };
  const from = Math.max(1, mark - before);
  const to = mark + after;
  const parts =
    to + 1 >= tailFrom
      ? [part(Math.min(from, tailFrom), lines.length)]
      : [part(from, to), part(tailFrom, lines.length)];
  return { lines: lines.length, parts, mark };
};
