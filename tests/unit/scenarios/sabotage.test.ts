import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { discoverScenarios } from '../../../src/cli/discover.ts';
import type { IgnitionConfig } from '../../../src/core/ignition.ts';
import type { Sabotage } from '../../../src/core/sabotage.ts';
import type { Scenario } from '../../../src/core/scenario.ts';
import { canonicalJson } from '../../../src/machine/user-data/digest.ts';
import { idsOfChecks, type Looked, lookedFor, withoutSabotage } from '../../support/check-literals.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const found = await discoverScenarios(root);
const declared = found.flatMap(({ scenario, file }) =>
  scenario.sabotage === undefined
    ? []
    : [{ name: scenario.name, scenario, file, sabotage: scenario.sabotage }],
);

/** Configs of the machines that a scenario lists. */
const configsOf = (scenario: Scenario): readonly IgnitionConfig[] =>
  [scenario.userData, ...scenario.machines.map(({ userData }) => userData)].flatMap(data =>
    data?.kind === 'ignition' ? [data.config] : [],
  );

const frozen = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
};

/** What an edit took away or changed: an entry of a list, or a plain value. */
const lost = (before: unknown, after: unknown, path = ''): readonly string[] => {
  if (Array.isArray(before)) {
    const kept = new Set(Array.isArray(after) ? after.map(canonicalJson) : []);
    return before.flatMap((one, index) => (kept.has(canonicalJson(one)) ? [] : [`${path}[${index}]`]));
  }
  if (typeof before === 'object' && before !== null)
    return Object.entries(before).flatMap(([key, value]) =>
      lost(value, (after as Record<string, unknown> | undefined)?.[key], `${path}.${key}`),
    );
  return before === after ? [] : [path];
};

const decoded = (text: string): string =>
  text.replaceAll(/data:[^"]*/g, url => {
    const [head = '', body = ''] = [url.slice(0, url.indexOf(',')), url.slice(url.indexOf(',') + 1)];
    return head.endsWith(';base64') ? Buffer.from(body, 'base64').toString() : decodeURIComponent(body);
  });

/** Everything the fault writes: its commands, or what its edit makes of an empty config. */
const textOf = (sabotage: Sabotage): string =>
  sabotage.kind === 'guest' ? sabotage.commands.join('\n') : decoded(JSON.stringify(sabotage.edit({})));

const isShared = /from '(\.\.\/\w+\/[^'/]+|\.[^']*(?:\/guest\/|\/_)[^']*)'/g;

/** The scenario's file, what it shares with others, and what that rests on. */
const sourcesOf = (file: string): readonly string[] => {
  const read = new Map<string, string>();
  const add = (path: string): void => {
    if (read.has(path)) return;
    const text = withoutSabotage(readFileSync(path, 'utf8'));
    read.set(path, text);
    for (const [, from = ''] of text.matchAll(isShared)) add(join(dirname(path), from));
  };
  add(join(root, `${file}.ts`));
  return [...read.values()];
};

/** Names that every fault has to say to hit the right thing: paths, units, and words too short to give away anything. */
const isName = (text: string): boolean =>
  text.length < 4 || /^[/\w@.-]+\.(?:service|socket|mount)$|^\//.test(text);

/** Whether a check is the one that has to fail; ids that are put together at run time may be any. */
const isStated = ({ fails }: Sabotage, { check }: Looked): boolean => {
  const [, id] = /^'(.*)'$/.exec(check) ?? [];
  return fails.check === undefined || id === undefined || fails.check.split('/').includes(id);
};

const path = /\/[\w./@-]+/g;

const gives = (fault: string, { text, pattern }: Looked): boolean =>
  (text !== undefined && !isName(text) && fault.replaceAll(path, '').includes(text)) ||
  (pattern !== undefined && fault.split('\n').some(line => pattern.test(line)));

/** Programs that a shell also has as words of its own: asked where they lie, it answers with the word. */
const ownWords = /command -v (?:true|false|echo|printf|test|kill|pwd|read)\b/;

describe('every sabotage', () => {
  test.each(declared)('of $name does not write what the checks look for', ({ file, sabotage }) => {
    const looked = sourcesOf(file)
      .flatMap(lookedFor)
      .filter(one => isStated(sabotage, one));
    expect(looked.filter(one => gives(textOf(sabotage), one))).toEqual([]);
  });

  test.each(declared)('of $name leaves the harness alone', ({ sabotage }) => {
    // Keys and the host key are how the harness comes in; update.conf and metadata are its own additions.
    expect(textOf(sabotage)).not.toMatch(/authorized_keys|ssh_host_|update\.conf|kola-host|\/etc\/sudoers/);
  });

  test.each(declared.filter(({ sabotage }) => sabotage.kind === 'userData'))(
    'of $name adds to the user-data and leaves what the scenario wrote',
    ({ scenario, sabotage }) => {
      if (sabotage.kind !== 'userData') throw new Error('filtered');
      const configs = configsOf(scenario);
      for (const config of configs.length === 0 ? [{}] : configs) {
        const before = frozen(structuredClone(config));
        const after = sabotage.edit(before);
        expect(canonicalJson(after)).not.toBe(canonicalJson(before));
        expect(lost(before, after)).toEqual([]);
        expect(canonicalJson(sabotage.edit(before))).toBe(canonicalJson(after));
      }
    },
  );

  test.each(declared)('of $name states a check that the scenario has', ({ file, sabotage }) => {
    const { check } = sabotage.fails;
    if (check === undefined) return;
    const id = check.slice(check.includes('/') ? check.lastIndexOf('/') + 1 : 0);
    expect(
      sourcesOf(file)
        .flatMap(idsOfChecks)
        .some(pattern => pattern.test(id)),
    ).toBe(true);
  });

  test.each(declared)('of $name asks no shell where one of its own words lies', ({ sabotage }) => {
    expect(textOf(sabotage)).not.toMatch(ownWords);
  });

  test('of guests is written in commands that bash can read', () => {
    const commands = declared.flatMap(({ sabotage }) => (sabotage.kind === 'guest' ? sabotage.commands : []));
    const { status, stderr } = spawnSync('bash', ['-n'], {
      input: `${commands.join('\n')}\n`,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('is there for the scenarios that kola began with', () => {
    expect(declared.length).toBeGreaterThanOrEqual(55);
  });
});

describe('what these tests see', () => {
  test('a literal and a pattern, in calls of any shape', () => {
    const source = `t.equal('a', await t.machine.run("x, 'y'"), 'core1', 'what'); sub.match('b', f(/,/), /^it, (works)$/m);`;
    expect(lookedFor(source)).toEqual([
      { check: "'a'", text: 'core1' },
      { check: "'b'", pattern: /^it, (works)$/m },
    ]);
  });

  test('ids of checks, those that are put together at run time as patterns', () => {
    const found = idsOfChecks(
      "t.ok('a', x); await t.check(`b-\x24{name}`, f); sub.equal(id, 1, 2); list.ok;",
    );
    const seen = (id: string): boolean => found.some(pattern => pattern.test(id));
    expect(found).toHaveLength(3);
    expect(['a', 'b-x', 'anything'].map(seen)).toEqual([true, true, true]);
    expect(idsOfChecks("t.ok('a', x); await t.check(`b-\x24{name}`, f)").some(one => one.test('c'))).toBe(
      false,
    );
  });

  test('a fault that writes the very text', () => {
    expect(gives('echo it works >/etc/motd', { check: 'a', text: 'it works' })).toBe(true);
    expect(gives('logger Kernel panic', { check: 'a', pattern: /Kernel panic/ })).toBe(true);
    expect(gives('systemctl stop docker.service', { check: 'a', text: 'docker.service' })).toBe(false);
  });

  test('an edit that changes or drops something', () => {
    const before = { storage: { files: [{ path: '/a' }] }, x: 1 };
    expect(lost(before, { ...before, y: 2 })).toEqual([]);
    expect(lost(before, { storage: { files: [{ path: '/b' }] }, x: 2 })).toEqual(['.storage.files[0]', '.x']);
    expect(lost(before, {})).toEqual(['.storage.files[0]', '.x']);
  });
});
