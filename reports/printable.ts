/** Sequences that move a terminal's cursor, set colours or titles; console logs are full of them. */
const escapeSequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~])/g;
/** Everything of C0, DEL and C1 except tab and newline; bidirectional overrides, which can disguise a text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Text that cannot act on a terminal: no escape sequences, no control characters, CRLF as LF, well-formed. */
export const printable = (text: string): string =>
  text.replace(/\r+\n/g, '\n').replace(escapeSequences, '').replace(controls, '').toWellFormed();

/** The same on one line, at most `limit` characters. */
export const oneLine = (text: string, limit = 400): string => {
  // Longer texts are cut before they are cleaned: only so much can end up in the line.
  const line = printable(text.slice(0, limit * 4))
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > limit ? `${line.slice(0, limit - 1).toWellFormed()}…` : line;
};

/** The first `lines` lines and at most `limit` characters of a text, with a word on what was left out. */
export const excerpt = (text: string, lines: number, limit: number): string => {
  const all = printable(text.slice(0, limit * 2)).split('\n');
  const kept = all.slice(0, lines).join('\n').slice(0, limit).toWellFormed().trimEnd();
  const cut = text.length > limit * 2 || all.length > lines || all.join('\n').length > limit;
  return cut ? `${kept}\n… (shortened)` : kept;
};

/** `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 03 min`. */
export const duration = (ms: number): string => {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
};

/** `3 scenarios`, `1 scenario`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** HTML text and attribute values (in either quotes). */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
