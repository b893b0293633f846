const named: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** Go prints letters, marks, numbers, punctuation, symbols and the ASCII space as they are. */
const needsEscape = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

const escapeCharacter = (character: string): string => {
  const short = named[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
};

/** A string literal as Go's `%q` writes it; `JSON.parse` does not read it, `strconv.Unquote` does. */
export const goQuote = (text: string): string =>
  `"${text.toWellFormed().replace(needsEscape, escapeCharacter)}"`;
