import { matchesAny } from '../plan/glob.ts';
import type { FoundScenario } from './discover.ts';
import { nearest } from './nearest.ts';
import type { Terminal } from './terminal.ts';

/** Names each glob that matches no scenario, with the nearest names. True when no glob matches anything. */
export const warnNothingMatches = (
  patterns: readonly string[],
  scenarios: readonly FoundScenario[],
  terminal: Terminal,
): boolean => {
  const names = scenarios.map(({ scenario }) => scenario.name);
  const dead = patterns.filter(pattern => !names.some(name => matchesAny(name, [pattern])));
  for (const pattern of dead) {
    const close = nearest(pattern.replaceAll(/[*?[\]]/g, ''), names);
    terminal.err(`kola: no scenario matches ${pattern}`);
    terminal.err(
      `      ${close.length === 0 ? 'kola list shows all names' : `nearest: ${close.join(', ')}`}`,
    );
  }
  return patterns.length > 0 && dead.length === patterns.length;
};
