import { createHash } from 'node:crypto';
import { UsageError } from '../../core/errors.ts';
import { eventVersion, type RunEvent, runEventSchema } from '../../core/event.ts';

/** An event log, checked line by line. */
export interface EventLog {
  readonly run: string;
  readonly events: readonly RunEvent[];
  /** SHA-256 (hex) over the lines up to this event's number; default all. */
  readonly contentHash: (upToSeq?: number) => string;
  readonly bytes: Uint8Array;
  readonly warnings: readonly string[];
}

const newline = 0x0a;

/**
 * Reads the bytes of an `events.ndjson`. A last line without its newline is a write that never finished: it is left
 * out with a warning. Anything else that is wrong throws a UsageError naming file and line, and nothing is read.
 */
export const readEventLog = (file: string, bytes: Uint8Array): EventLog => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: RunEvent[] = [];
  const warnings: string[] = [];
  const order = new OrderCheck(file);
  let start = 0;
  while (start < buffer.length) {
    const end = buffer.indexOf(newline, start);
    if (end < 0) {
      warnings.push(`${file}: line ${events.length + 1} was cut off while it was written; read up to there`);
      break;
    }
    const event = parseLine(file, events.length + 1, buffer.toString('utf8', start, end));
    order.check(event);
    events.push(event);
    start = end + 1;
  }
  const first = events[0];
  if (first === undefined) {
    throw new UsageError('log-empty', `${file}: no complete event in it`, {
      hint: 'the run stopped before its first event; there is nothing to import',
    });
  }
  if (order.backwards > 0) {
    warnings.push(`${file}: the clock went backwards ${order.backwards} time(s); order is taken from seq`);
  }
  const contentHash = (upToSeq = events.length): string => hashOfEvents(buffer, upToSeq);
  return { run: first.run, events, contentHash, bytes, warnings };
};

/** SHA-256 (hex) over the first so many lines of a log. */
export const hashOfEvents = (bytes: Uint8Array, events: number): string => {
  let end = 0;
  for (let line = 0; line < events; line++) end = bytes.indexOf(newline, end) + 1;
  return createHash('sha256').update(bytes.subarray(0, end)).digest('hex');
};

const wrong = (file: string, line: number, problem: string, hint: string): UsageError =>
  new UsageError('log-corrupt', `${file}:${line}: ${problem}`, { hint });

const parseLine = (file: string, line: number, text: string): RunEvent => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw wrong(
      file,
      line,
      `expected an event as one line of JSON, found ${JSON.stringify(text.slice(0, 60))}`,
      'the log is damaged or not one of kola; nothing of it was imported',
    );
  }
  const result = runEventSchema.safeParse(json);
  if (result.success) return result.data;
  throw wrong(file, line, explain(json, result.error.issues), 'nothing of this log was imported');
};

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

const explain = (json: unknown, issues: readonly Issue[]): string => {
  if (typeof json !== 'object' || json === null || !('v' in json)) {
    return 'this is no kola event (it has no version `v`)';
  }
  if (json.v !== eventVersion) {
    return `the event is of version ${String(json.v)}; this kola reads version ${eventVersion}`;
  }
  const issue = issues[0];
  const type = 'type' in json ? String(json.type) : 'no type';
  return `event ${type}: ${issue?.path.map(String).join('.') || 'whole event'}: ${issue?.message ?? 'invalid'}`;
};

/** One run per log, numbered without gaps. */
class OrderCheck {
  readonly #file: string;
  #run: string | undefined;
  #seq = 0;
  #time = '';
  backwards = 0;

  constructor(file: string) {
    this.#file = file;
  }

  check(event: RunEvent): void {
    const line = this.#seq + 1;
    this.#run ??= event.run;
    if (event.run !== this.#run) {
      throw wrong(
        this.#file,
        line,
        `an event of run ${event.run} in the log of run ${this.#run}`,
        'logs of several runs must not be joined; import each run folder',
      );
    }
    if (event.seq !== line) {
      throw wrong(
        this.#file,
        line,
        `expected event number ${line}, found ${event.seq}`,
        event.seq > line ? 'events are missing from the log' : 'events are in the log twice',
      );
    }
    // Equal-length ISO 8601 in UTC compares as text.
    if (event.time < this.#time) this.backwards++;
    this.#time = event.time;
    this.#seq = line;
  }
}
