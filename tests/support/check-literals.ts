/** A text that a check of a scenario looks for: a literal, or a pattern. */
export interface Looked {
  readonly check: string;
  readonly text?: string;
  readonly pattern?: RegExp;
}

/** End of a quoted or slashed piece that begins at `from`. */
const pieceEnd = (source: string, from: number): number => {
  const quote = source[from];
  let inClass = false;
  for (let at = from + 1; at < source.length; at++) {
    const char = source[at];
    if (char === '\\') at += 1;
    else if (quote === '/' && char === '[') inClass = true;
    else if (quote === '/' && char === ']') inClass = false;
    else if (char === quote && !inClass) return at + 1;
  }
  return source.length;
};

const beginsRegex = (source: string, at: number): boolean =>
  source[at] === '/' && /[(,=:[!&|?{};]\s*$/.test(source.slice(Math.max(0, at - 20), at));

/** The arguments of a call whose opening parenthesis is at `open`, as they are written. */
export const argumentsAt = (source: string, open: number): readonly string[] => {
  const found: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at < source.length; at++) {
    const char = source[at] ?? '';
    if ('\'"`'.includes(char) || beginsRegex(source, at)) at = pieceEnd(source, at) - 1;
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) {
      depth -= 1;
      if (depth === 0) return [...found, source.slice(start, at).trim()];
    } else if (char === ',' && depth === 1) {
      found.push(source.slice(start, at).trim());
      start = at + 1;
    }
  }
  return found;
};

/** What the `equal` and `match` checks in a source compare with, where that is written out. */
export const lookedFor = (source: string): readonly Looked[] =>
  [...source.matchAll(/\b\w+\.(equal|match)\(/g)].flatMap(({ index, 0: call, 1: kind }): Looked[] => {
    const [check = '', , expected = ''] = argumentsAt(source, index + call.length - 1);
    if (kind === 'match') {
      const [, body, flags] = /^\/(.*)\/([a-z]*)$/s.exec(expected) ?? [];
      return body === undefined ? [] : [{ check, pattern: new RegExp(body, flags) }];
    }
    return [...expected.matchAll(/'((?:[^'\\]|\\.)*)'/g)].flatMap(([, text]) =>
      text === undefined || text === '' ? [] : [{ check, text }],
    );
  });

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** What the ids of the checks in a source look like; one that is not written out may be any. */
export const idsOfChecks = (source: string): readonly RegExp[] =>
  [...source.matchAll(/\b\w+\.(?:equal|match|ok|check)\(/g)].map(({ index, 0: call }) => {
    const [id = ''] = argumentsAt(source, index + call.length - 1);
    const [, plain] = /^'(.*)'$/.exec(id) ?? [];
    const [, built] = /^`(.*)`$/s.exec(id) ?? [];
    if (plain !== undefined) return new RegExp(`^${escaped(plain)}$`);
    if (built !== undefined)
      return new RegExp(
        `^${built
          .split(/\$\{[^}]*\}/)
          .map(escaped)
          .join('.*')}$`,
      );
    return /^/;
  });

/** The source without the declaration of the sabotage itself. */
export const withoutSabotage = (source: string): string =>
  source.replace(/^ {2}sabotage: \{\n.*?^ {2}\},\n/ms, '');
