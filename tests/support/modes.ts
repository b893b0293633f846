/** The three ways to give scenarios their machines, with what `kola run` has to be told. */
export const modes = [
  { name: 'cold', flags: ['--cold'] },
  { name: 'cloned', flags: ['--no-share'] },
  { name: 'shared', flags: [] },
] as const;
export type Mode = (typeof modes)[number]['name'];

/** What a scenario came to, as far as it has to be the same in every mode. */
export interface ModeOutcome {
  readonly outcome: string;
  /** Code of the failure, when there is one. */
  readonly code: string | undefined;
}

export type ModeOutcomes = ReadonlyMap<string, ModeOutcome>;

const text = (one: ModeOutcome | undefined): string =>
  one === undefined ? 'no result' : one.code === undefined ? one.outcome : `${one.outcome} (${one.code})`;

/** A line for each scenario that did not come to the same in all modes; the first mode is what counts. */
export const differences = (runs: ReadonlyMap<string, ModeOutcomes>): readonly string[] => {
  const [[first, reference] = ['', new Map()] as const, ...others] = runs;
  const names = new Set([...runs.values()].flatMap(run => [...run.keys()]));
  return [...names].sort().flatMap(name =>
    others.flatMap(([mode, run]) => {
      const [expected, found] = [text(reference.get(name)), text(run.get(name))];
      return expected === found ? [] : [`${name}: ${first} ${expected}, ${mode} ${found}`];
    }),
  );
};
