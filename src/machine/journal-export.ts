/** One journal entry in the export format: fields by name; of a repeated field the last. */
export type JournalEntry = ReadonlyMap<string, string>;

/** Fields that the harness asks for; cursor, timestamps and boot id always come along. */
export const journalFields = ['MESSAGE', 'SYSLOG_IDENTIFIER', '_COMM', '_PID', 'SYSLOG_PID', '_HOSTNAME'];

/** Longest field that is kept: a coredump can be in the journal. */
const maxField = 64 * 1024;
const newline = 0x0a;

/**
 * Parser of `journalctl --output=export` as it comes: `NAME=value` lines, binary-safe fields as `NAME`, newline,
 * 64-bit little-endian length, bytes, newline; an empty line ends an entry.
 */
export class JournalParser {
  #rest: Buffer = Buffer.alloc(0);
  #fields = new Map<string, string>();

  feed(chunk: Uint8Array): JournalEntry[] {
    const entries: JournalEntry[] = [];
    const data = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (;;) {
      const next = this.#field(data, start, entries);
      if (next === undefined) break;
      start = next;
    }
    // A copy: a view would keep the whole chunk alive.
    this.#rest = Buffer.from(data.subarray(start));
    return entries;
  }

  /** Reads one line or binary field; the place after it, or undefined when it has not wholly arrived. */
  #field(data: Buffer, start: number, entries: JournalEntry[]): number | undefined {
    const end = data.indexOf(newline, start);
    if (end === -1) return undefined;
    if (end === start) {
      if (this.#fields.size > 0) entries.push(this.#fields);
      this.#fields = new Map();
      return end + 1;
    }
    const equals = data.subarray(start, end).indexOf('=');
    if (equals !== -1) {
      this.#keep(data.toString('utf8', start, start + equals), data.subarray(start + equals + 1, end));
      return end + 1;
    }
    if (data.length < end + 9) return undefined;
    const valueStart = end + 9;
    const valueEnd = valueStart + Number(data.readBigUInt64LE(end + 1));
    if (data.length < valueEnd + 1) return undefined;
    this.#keep(data.toString('utf8', start, end), data.subarray(valueStart, valueEnd));
    return valueEnd + 1;
  }

  #keep(name: string, value: Buffer): void {
    this.#fields.set(name, value.toString('utf8', 0, Math.min(value.length, maxField)));
  }
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 20 18:19:34.123456`, in UTC. */
const stamp = (microseconds: string): string => {
  const value = BigInt(microseconds);
  const date = new Date(Number(value / 1000n));
  const two = (n: number): string => String(n).padStart(2, '0');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  const fraction = String(value % 1_000_000n).padStart(6, '0');
  return `${months[date.getUTCMonth()]} ${two(date.getUTCDate())} ${time}.${fraction}`;
};

/** An entry as `journalctl --output=short-precise` shows it: one line, continued lines indented. */
export const renderEntry = (entry: JournalEntry): string => {
  const time = stamp(entry.get('__REALTIME_TIMESTAMP') ?? '0');
  const who = entry.get('SYSLOG_IDENTIFIER') ?? entry.get('_COMM') ?? 'unknown';
  const pid = entry.get('_PID') ?? entry.get('SYSLOG_PID');
  const head = `${time} ${entry.get('_HOSTNAME') ?? 'localhost'} ${who}${pid === undefined ? '' : `[${pid}]`}: `;
  const message = (entry.get('MESSAGE') ?? '').replaceAll('\r', '').trimEnd();
  return `${head}${message.replaceAll('\n', `\n${' '.repeat(head.length)}`)}\n`;
};
