import { oneLine } from '../../../reports/printable.ts';
import { causeOf } from '../../../reports/run-model.ts';
import { outcomeWord } from '../../../reports/verdict.ts';
import type { RunEvent } from '../../core/event.ts';
import type { Reporter } from '../../core/reporter.ts';

/** A line for what is worth one, with the part of the release in front: several runs go on at once. */
export const partLines = (part: string, say: (line: string) => void): Reporter => ({
  event: event => {
    const text = lineOf(event);
    if (text !== undefined) say(`${part}: ${text}`);
  },
});

const lineOf = (event: RunEvent): string | undefined => {
  switch (event.type) {
    case 'plan.decided':
      return `${event.selected.length} scenarios selected, ${event.unselected.length} not`;
    case 'result.decided': {
      const cause = oneLine(causeOf({ failure: event.failure, reason: event.reason }), 300);
      return [outcomeWord[event.outcome], event.subject.scenario, cause]
        .filter(word => word !== '')
        .join('  ');
    }
    case 'log':
      return event.level === 'warn' ? `warning: ${event.text}` : undefined;
    case 'run.ended':
      return event.verdict;
    default:
      return undefined;
  }
};
