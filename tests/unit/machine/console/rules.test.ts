import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../../src/core/errors.ts';
import { checkLog } from '../../../../src/machine/console/check-log.ts';
import { consoleRules, parseRules } from '../../../../src/machine/console/rules.ts';

const rules = consoleRules();

/** Rules that count for a sample. */
const counting = (text: string): string[] =>
  checkLog(text, rules)
    .filter(hit => hit.excused === undefined)
    .map(hit => hit.rule);

describe('the rules of the project', () => {
  test('are the 26 of Go kola and one of ours, and the four that end an attempt are fatal', () => {
    expect(rules.rules).toHaveLength(27);
    const fatal = rules.rules.filter(rule => rule.severity === 'fatal').map(rule => rule.id);
    expect(fatal).toEqual(['emergency-shell', 'boot-loader', 'kernel-panic', 'verity-corruption']);
  });

  test.each(rules.rules.flatMap(rule => rule.matches.map(sample => [rule.id, sample] as const)))(
    '%s is broken by: %s',
    (id, sample) => expect(counting(sample)).toContain(id),
  );

  test.each(rules.rules.flatMap(rule => rule.passes.map(sample => [rule.id, sample] as const)))(
    '%s is kept by: %s',
    (id, sample) => expect(counting(sample)).not.toContain(id),
  );

  test.each(rules.quotations.flatMap(({ id, matches }) => matches.map(sample => [id, sample] as const)))(
    'a quotation (%s) breaks none: %s',
    (id, sample) => {
      expect(rules.quotations.find(quotation => quotation.id === id)?.pattern.test(sample)).toBe(true);
      expect(counting(sample)).toEqual([]);
    },
  );

  test('find nothing in a plain boot', () => {
    const boot = [
      '[    0.000000] Linux version 6.12.1 (gcc) #1 SMP PREEMPT_DYNAMIC',
      '[    0.000000] Command line: console=ttyS0 panic=1 verity.usrhash=00',
      '[    1.000000] device-mapper: verity: sha256 using implementation "sha256-ni"',
      '[  OK  ] Reached target multi-user.target - Multi-User System.',
      '[  115.0] systemd-shutdown[1]: Failed to unmount /usr: Device or resource busy',
      '[  115.1] reboot: Restarting system',
    ].join('\r\n');
    expect(checkLog(boot, rules)).toEqual([]);
  });
});

describe('a rules file', () => {
  const file = (rule: string) =>
    `schema: 1\nquotations: []\nrules:\n  - {id: a, description: d, severity: error, pattern: x, matches: [x], passes: [y]${rule}}\n`;

  test('is accepted when it is right', () => expect(parseRules(file(''), 'f').rules).toHaveLength(1));

  test.each([
    ['an unknown key', file(', silence: [b]'), /rules\.0: Unrecognized key: "silence"/],
    [
      'a pattern that does not compile',
      file('').replace('pattern: x', 'pattern: "("'),
      /rules\.0\.pattern: Invalid/,
    ],
    ['a missing field', file('').replace('severity: error, ', ''), /rules\.0\.severity/],
    ['a reference to nowhere', file(', silenced_by: [b]'), /there is no rule b/],
    ['an id twice', file('') + file('').split('\n')[3], /a comes twice/],
    ['a rule without samples', file('').replace('matches: [x]', 'matches: []'), /rules\.0\.matches/],
    ['broken YAML', 'rules: [', /no YAML/],
  ])('is refused for %s', (_what, text, message) => {
    expect(() => parseRules(text, 'policy/x.yaml')).toThrow(UsageError);
    expect(() => parseRules(text, 'policy/x.yaml')).toThrow(message);
    expect(() => parseRules(text, 'policy/x.yaml')).toThrow(/policy\/x\.yaml/);
  });
});
