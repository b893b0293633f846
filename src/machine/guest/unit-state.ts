import type { Machine } from '../../core/machine.ts';
import type { CheckContext, WaitOptions } from '../../core/scenario.ts';

/** `systemctl show -p …` as a record. */
export const parseProperties = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split('\n').flatMap(line => {
      const at = line.indexOf('=');
      return at < 1 ? [] : [[line.slice(0, at), line.slice(at + 1).trim()]];
    }),
  );

/** The word of `systemctl is-active`. */
export const activeState = async (machine: Machine, unit: string): Promise<string> =>
  (await machine.try(`systemctl is-active ${unit}`)).stdout.trim();

/** A check that a unit is active, now or within `wait`. */
export const checkActive = (
  t: CheckContext,
  machine: Machine,
  unit: string,
  wait: WaitOptions = {},
): Promise<true> =>
  t.check(`active-${unit}`, () =>
    t.eventually(
      `${unit} active`,
      async () => ((await activeState(machine, unit)) === 'active' ? true : undefined),
      wait,
    ),
  );
