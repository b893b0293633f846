import { InterruptedError } from '../../core/errors.ts';
import { CostMeter } from '../../plan/cost.ts';
import { type MatrixCell, scenariosOf } from '../../plan/matrix.ts';

/** Counts what machines cost. Above `max` that is said once, and what has not begun does not begin any more. */
export const meterOf = (
  cells: readonly MatrixCell[],
  max: number | undefined,
  say: (line: string) => void,
): { readonly meter: CostMeter; readonly noNewStarts: AbortSignal } => {
  const enough = new AbortController();
  const keyOf = (platform: string, arch: string, variant = ''): string => `${platform} ${arch} ${variant}`;
  const known = new Map(cells.map(cell => [keyOf(cell.platform, cell.arch, cell.variant), cell]));
  const stop = (cost: number): void => {
    const text = `not started: about ${cost.toFixed(2)} of ${max} USD are spent or in use (--max-cost)`;
    say(`Starting no more machines: ${text.replace('not started: ', '')}; what runs ends by itself`);
    enough.abort(new InterruptedError(text));
  };
  const meter = new CostMeter({
    hourly: ({ platform, arch, variant }) => known.get(keyOf(platform, arch, variant))?.hourly,
    expected: ({ platform, arch, variant, scenario }) => {
      const cell = known.get(keyOf(platform, arch, variant));
      const one = cell === undefined ? undefined : scenariosOf(cell).find(({ name }) => name === scenario);
      return (one?.expected ?? 0) * (one?.machines ?? 1);
    },
    onOver: stop,
    ...(max === undefined ? {} : { max }),
  });
  if (max === 0) stop(0);
  return { meter, noNewStarts: enough.signal };
};
