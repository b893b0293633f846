import type { Usage } from '../src/core/event.ts';
import { interferenceCode } from '../src/core/outcome.ts';
import { duration, plural } from './printable.ts';
import type { RetirementModel, RunModel } from './run-model.ts';

/** `Took 2 min 42 s, at best 2 min 30 s (1.08 ×); slots 92 % in use; 12.4 machine-minutes on 9 machines`. */
export const usageLine = ({ makespan, lowerBound, machineTime, machines, utilisation }: Usage): string => {
  const ratio = lowerBound === 0 ? 1 : makespan / lowerBound;
  return [
    `Took ${duration(makespan)}, at best ${duration(lowerBound)} (${ratio.toFixed(2)} ×)`,
    `slots ${Math.round(utilisation * 100)} % in use`,
    `${(machineTime / 60_000).toFixed(1)} machine-minutes on ${plural(machines, 'machine')}`,
  ].join('; ');
};

/** Changes that are shown of one machine. */
const shown = 3;

/** `Retired a shared machine after a, b: + files: /tmp/x, and 2 more changes`. */
export const retirementLine = ({ scenarios, changes }: RetirementModel): string => {
  const more = changes.length - shown;
  const rest = more > 0 ? `, and ${plural(more, 'more change')}` : '';
  return `Retired a shared machine after ${scenarios.join(', ')}: ${changes.slice(0, shown).join(', ')}${rest}`;
};

/** What is to be said about sharing: how many scenarios disturb others, and who left traces; empty when all is well. */
export const sharingLines = (model: RunModel): readonly string[] => {
  const disturbed = model.results.filter(
    ({ outcome, failure }) => outcome === 'flaky' && failure?.code === interferenceCode,
  ).length;
  return [
    ...(disturbed === 0
      ? []
      : [`${plural(disturbed, 'scenario')} failed on a shared machine alone (interference)`]),
    ...model.retired.map(retirementLine),
  ];
};
