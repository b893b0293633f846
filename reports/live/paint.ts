import type { Outcome } from '../../src/core/outcome.ts';

/** Colours a text for a terminal, or leaves it alone. */
export type Paint = (style: Style, text: string) => string;
export type Style = 'good' | 'bad' | 'doubtful' | 'dim' | 'bold';

const codes: Readonly<Record<Style, string>> = { good: '32', bad: '31', doubtful: '33', dim: '2', bold: '1' };

export const painter = (colour: boolean): Paint =>
  colour
    ? (style, text) => (text === '' ? '' : `\u001b[${codes[style]}m${text}\u001b[0m`)
    : (_style, text) => text;

export const outcomeStyle: Readonly<Record<Outcome, Style>> = {
  passed: 'good',
  failed: 'bad',
  timedout: 'bad',
  interrupted: 'doubtful',
  blocked: 'doubtful',
  notrun: 'doubtful',
  flaky: 'doubtful',
  skipped: 'dim',
};

/** NO_COLOR (any value but empty) wins over a terminal; FORCE_COLOR over its absence. */
export const wantsColour = (
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean => {
  if ((env.NO_COLOR ?? '') !== '') return false;
  if ((env.FORCE_COLOR ?? '') !== '') return env.FORCE_COLOR !== '0';
  return isTerminal && env.TERM !== 'dumb';
};
