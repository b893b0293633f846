/**
 * Reduces a failure message to what is equal for equal causes, so that the same breakage on twelve platforms
 * is one line on the agenda. Order matters: the specific patterns go before plain numbers.
 */
const rules: readonly (readonly [RegExp, string])[] = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour sequences begin with one
  [/\u001b\[[0-9;]*[A-Za-z]/g, ''],
  [/^\[\s*\d+\.\d+\]\s*/gm, ''],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?\b/g, '<time>'],
  [
    /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d+ \d\d:\d\d:\d\d\b/g,
    '<time>',
  ],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi, '<mac>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<addr>'],
  [/\b0x[0-9a-f]+\b/gi, '<hex>'],
  [/\b[0-9a-f]{12,}\b/gi, '<hex>'],
  [/\d+(?:\.\d+)?/g, '#'],
  [/\s+/g, ' '],
];

const maxLength = 160;

/** `code: normalised first line`, at most 160 characters after the code. */
export const failureSignature = (code: string, message: string): string => {
  const firstLine = message.split('\n', 1)[0] ?? '';
  const normal = rules
    .reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), firstLine)
    .trim();
  return `${code}: ${normal.slice(0, maxLength)}`;
};
