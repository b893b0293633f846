/**
 * Order of Gentoo package versions (Package Manager Specification, "Version comparison"): dotted numbers, an optional
 * letter, suffixes `_alpha _beta _pre _rc _p`, and a revision `-rN`.
 */
export const comparePackageVersions = (a: string, b: string): number => {
  const [left, right] = [parse(a), parse(b)];
  return (
    compareNumbers(left.numbers, right.numbers) ||
    compareLetters(left.letter, right.letter) ||
    compareSuffixes(left.suffixes, right.suffixes) ||
    left.revision - right.revision
  );
};

interface Suffix {
  readonly rank: number;
  readonly number: bigint;
}

interface Parsed {
  readonly numbers: readonly string[];
  readonly letter: string;
  readonly suffixes: readonly Suffix[];
  readonly revision: number;
}

// A version without a suffix lies between `_rc` and `_p`.
const ranks: Readonly<Record<string, number>> = { alpha: -4, beta: -3, pre: -2, rc: -1, p: 1 };

const parse = (version: string): Parsed => {
  const [, main = '', revision = '0'] = /^(.*?)(?:-r(\d+))?$/.exec(version) ?? [];
  const [head = '', ...suffixes] = main.split('_');
  const letter = /[a-z]$/.exec(head)?.[0] ?? '';
  return {
    numbers: (letter === '' ? head : head.slice(0, -1)).split('.'),
    letter,
    suffixes: suffixes.map(suffix => {
      const [, name = '', number = ''] = /^([a-z]+)(\d*)$/.exec(suffix) ?? [];
      return { rank: ranks[name] ?? 0, number: BigInt(number === '' ? 0 : number) };
    }),
    revision: Number(revision),
  };
};

const compareNumbers = (a: readonly string[], b: readonly string[]): number => {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = compareComponent(a[i] ?? '', b[i] ?? '', i === 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
};

/** After the first one, a component with a leading zero compares as a fraction: 1.01 comes before 1.1. */
const compareComponent = (a: string, b: string, first: boolean): number => {
  if (!first && (a.startsWith('0') || b.startsWith('0'))) {
    const [left, right] = [a.replace(/0+$/, ''), b.replace(/0+$/, '')];
    return left === right ? 0 : left < right ? -1 : 1;
  }
  const [left, right] = [digits(a), digits(b)];
  return left === right ? 0 : left < right ? -1 : 1;
};

const digits = (text: string): bigint => BigInt(/^\d+/.exec(text)?.[0] ?? '0');

const compareLetters = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

const compareSuffixes = (a: readonly Suffix[], b: readonly Suffix[]): number => {
  const none: Suffix = { rank: 0, number: 0n };
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [left, right] = [a[i] ?? none, b[i] ?? none];
    if (left.rank !== right.rank) return left.rank - right.rank;
    if (left.number !== right.number) return left.number < right.number ? -1 : 1;
  }
  return 0;
};
