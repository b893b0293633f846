/** Readers for the plain-text lists in `guest/`: one item a line, `#` starts a comment. */
import type { Arch } from './arch.ts';

export function listLines(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(line => line !== '');
}

/** Names for an architecture: `name` or `name [arch]`. */
export function namesFor(text: string, arch: Arch): string[] {
  return listLines(text).flatMap(line => {
    const match = /^(\S+)(?:\s+\[(amd64|arm64)\])?$/.exec(line);
    if (match === null) throw new Error(`expected a name, and perhaps [amd64] or [arm64]: "${line}"`);
    const [, name = '', only] = match;
    return only === undefined || only === arch ? [name] : [];
  });
}

export interface PairLine {
  readonly left: string;
  readonly right: string;
}

/** Lines of two words, such as "target unit" or "path target". */
export function pairLines(text: string): PairLine[] {
  return listLines(text).map(line => {
    const [left, right, ...more] = line.split(/\s+/);
    if (left === undefined || right === undefined || more.length > 0)
      throw new Error(`expected two words: "${line}"`);
    return { left, right };
  });
}

export interface WantedModule {
  readonly name: string;
  readonly load: boolean;
}

/** Kernel modules: a name, then `load` and/or the one architecture that has it. */
export function modulesFor(text: string, arch: Arch): WantedModule[] {
  return listLines(text).flatMap(line => {
    const [name = '', ...words] = line.split(/\s+/);
    const others = words.filter(word => word === 'amd64' || word === 'arm64');
    return others.length > 0 && !others.includes(arch) ? [] : [{ name, load: words.includes('load') }];
  });
}
