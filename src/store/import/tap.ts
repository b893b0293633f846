import { UsageError } from '../../core/errors.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { ForeignCase, ForeignReport } from './foreign.ts';
import { causeOfText, decisiveLine, splitVariant } from './go-kola-names.ts';

interface Line {
  readonly name: string;
  readonly outcome: Outcome;
  readonly reason?: string;
  /** The indented block below it. */
  block: string[];
}

export interface TapReport extends ForeignReport {
  /** `1..N`, when the file has one. */
  readonly planned: number | undefined;
}

/**
 * Reads TAP as Go kola writes it (`ok - name`, `ok - name # SKIP`, `not ok - name` with a block holding `Error:`)
 * and as others do (numbers, `---` blocks, TODO, sub-tests by indentation, which are left to their parent).
 * SKIP is a skip and no part of the name. A name that comes twice was run twice.
 */
export const readTap = (file: string, text: string): TapReport => {
  const scan = scanLines(text);
  if (scan.lines.length === 0 && scan.planned === undefined) {
    throw new UsageError('tap-foreign', `${file}: no TAP in it: neither a plan 1..N nor an ok line`, {
      hint: 'expected lines such as `1..2` and `ok - cl.basic`',
    });
  }
  const tests = scan.lines.filter(line => !isMergedHeader(line));
  const cases = [...Map.groupBy(tests, line => line.name).values()].map(caseOf);
  const warnings: string[] = [];
  const whole = scan.planned === undefined || scan.planned === scan.lines.length;
  if (!whole) warnings.push(`${file}: the plan says ${scan.planned} tests, ${scan.lines.length} are there`);
  if (scan.bailedOut !== undefined) warnings.push(`${file}: bailed out: ${scan.bailedOut}`);
  return {
    format: 'tap',
    cases,
    complete: whole && scan.bailedOut === undefined,
    warnings,
    planned: scan.planned,
  };
};

/** First entry of the reports that Flatcar's CI merges: it is a title. */
const isMergedHeader = (line: Line): boolean => /^Version: .*, Architecture: /.test(line.name);

interface Scan {
  readonly lines: readonly Line[];
  readonly planned: number | undefined;
  readonly bailedOut: string | undefined;
}

const scanLines = (text: string): Scan => {
  const lines: Line[] = [];
  let planned: number | undefined;
  let bailedOut: string | undefined;
  for (const raw of text.split(/\r?\n/)) {
    const plan = /^1\.\.(\d+)/.exec(raw);
    const bail = /^Bail out!\s*(.*)$/.exec(raw);
    const test = /^(not ok|ok)\b(?:\s+\d+)?(?:\s+-)?\s*(.*)$/.exec(raw);
    // Reports that were appended to one another have several plans.
    if (plan !== null) planned = (planned ?? 0) + Number(plan[1]);
    else if (bail !== null) bailedOut = bail[1] || 'no reason given';
    else if (test !== null) lines.push(testLine(test[1] === 'ok', test[2] ?? '', lines.length + 1));
    else if (/^\s+\S/.test(raw)) lines.at(-1)?.block.push(raw);
  }
  return { lines, planned, bailedOut };
};

const testLine = (ok: boolean, description: string, number: number): Line => {
  const directive = /^(.*?)(?:^|\s+)#\s*(skip(?:ped)?|todo)\b[:\s]*(.*)$/i.exec(description);
  const name = (directive?.[1] ?? description).trim() || `test ${number}`;
  if (directive === null) return { name, outcome: ok ? 'passed' : 'failed', block: [] };
  const reason = directive[3]?.trim() || directive[2]?.toUpperCase() || '';
  // TODO marks work not done yet: a failure there is expected, a success proves nothing.
  return { name, outcome: 'skipped', reason, block: [] };
};

const caseOf = (rounds: readonly Line[]): ForeignCase => {
  const first = rounds[0];
  const { name, variant } = splitVariant(first?.name ?? '');
  const outcomes = new Set(rounds.map(round => round.outcome));
  const failed = rounds.findLast(round => round.outcome === 'failed');
  const reason = rounds.find(round => round.reason !== undefined)?.reason;
  return {
    name,
    variant,
    outcome: overall(outcomes),
    attempts: rounds.length,
    took: 0,
    ...(failed !== undefined ? failure(failed) : reason !== undefined ? { message: reason } : {}),
    subtests: [],
  };
};

const overall = (outcomes: ReadonlySet<Outcome>): Outcome => {
  if (outcomes.has('passed')) return outcomes.has('failed') ? 'flaky' : 'passed';
  return outcomes.has('failed') ? 'failed' : 'skipped';
};

const failure = (line: Line): Pick<ForeignCase, 'cause' | 'message' | 'output'> => {
  const output = errorText(line.block);
  return {
    cause: causeOfText(output),
    message: decisiveLine(output) ?? 'the report gives no reason',
    output,
  };
};

/** The Go-quoted string after `Error:`, else the block as it stands. */
const errorText = (block: readonly string[]): string => {
  const whole = block.join('\n');
  const quoted = /^\s*Error:\s*("(?:[^"\\]|\\.)*")\s*$/m.exec(whole);
  return quoted?.[1] !== undefined
    ? unquoteGo(quoted[1])
    : whole.replace(/^\s*(---|\.\.\.)\s*$/gm, '').trim();
};

const goEscapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** A Go string literal: JSON's escapes plus `\a`, `\v`, `\xHH` and `\UXXXXXXXX`. */
export const unquoteGo = (literal: string): string =>
  literal
    .slice(1, -1)
    .replace(
      /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/gs,
      (whole, x?: string, u?: string, long?: string, plain?: string) => {
        const code = x ?? u ?? long;
        if (code === undefined) return goEscapes[plain ?? ''] ?? plain ?? whole;
        const point = Number.parseInt(code, 16);
        return point > 0x10ffff ? whole : String.fromCodePoint(point);
      },
    );
