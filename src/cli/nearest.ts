/** Edit distance in which two swapped neighbours count as one slip (optimal string alignment). */
export const distance = (a: string, b: string): number => {
  const table: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) row.push(cell(a, b, i, j, table, row));
    table.push(row);
  }
  return at(table.at(-1), b.length);
};

/** `i` and `j` are 1-based; `row` is the unfinished row `i`. */
const cell = (
  a: string,
  b: string,
  i: number,
  j: number,
  table: readonly number[][],
  row: readonly number[],
) => {
  const above = table[i - 1];
  const cost = a[i - 1] === b[j - 1] ? 0 : 1;
  const plain = Math.min(at(above, j) + 1, at(row, j - 1) + 1, at(above, j - 1) + cost);
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
  return swapped ? Math.min(plain, at(table[i - 2], j - 2) + 1) : plain;
};

const at = (row: readonly number[] | undefined, index: number): number =>
  row?.[index] ?? Number.POSITIVE_INFINITY;

/** The names closest to a mistyped one, best first; none when nothing is close. */
export const nearest = (wrong: string, names: readonly string[], most = 3): readonly string[] => {
  if (wrong === '') return [];
  const limit = Math.max(2, Math.floor(wrong.length / 3));
  return names
    .map(name => ({ name, far: name.includes(wrong) ? 0 : distance(wrong, name) }))
    .filter(({ far }) => far <= limit)
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name);
};

/** `did you mean a or b?`, or undefined. */
export const didYouMean = (wrong: string, names: readonly string[]): string | undefined => {
  const close = nearest(wrong, names);
  return close.length === 0 ? undefined : `did you mean ${close.join(' or ')}?`;
};
