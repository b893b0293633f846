import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { capabilities } from '../../../src/core/capability.ts';
import { packageRoot } from '../../../src/core/package-root.ts';
import type { Scenario } from '../../../src/core/scenario.ts';
import { serviceNames } from '../../../src/core/services.ts';
import type { UserData } from '../../../src/core/user-data.ts';
import { consoleRules } from '../../../src/machine/console/rules.ts';
import { renderUserData } from '../../../src/machine/user-data/render.ts';
import { parseNeed } from '../../../src/services/probe/need.ts';
import { manifest } from '../../support/manifest.ts';

/** Files whose names begin with `_` are code that scenarios share. */
const files = globSync('scenarios/**/[!_]*.ts', { cwd: packageRoot() }).sort();
const loaded: { file: string; scenario: Scenario }[] = [];

beforeAll(async () => {
  for (const file of files) {
    const module: { default: Scenario } = await import(join(packageRoot(), file));
    loaded.push({ file, scenario: module.default });
  }
});

const userDataOf = (scenario: Scenario): UserData[] =>
  [scenario.userData, ...scenario.machines.map(machine => machine.userData)].filter(
    data => data !== undefined,
  );

const additions = {
  user: 'core',
  authorizedKeys: ['ssh-ed25519 AAAA kola'],
  hostKey: { privateKey: 'not a key', publicKey: 'ssh-ed25519 AAAA' },
  disableUpdates: true,
  metadata: { privateIPv4: '192.168.30.11' },
};

describe('every file under scenarios/', () => {
  test('is one scenario, named like its file, in a folder that is one of its tags', () => {
    expect(loaded.length).toBeGreaterThanOrEqual(142);
    for (const { file, scenario } of loaded) {
      expect(basename(file, '.ts')).toBe(scenario.name);
      expect(scenario.tags, file).toContain(basename(dirname(file)));
      expect(scenario.description, file).toMatch(/^\S.{20,}[^.]$/);
    }
    const names = loaded.map(({ scenario }) => scenario.name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('every scenario that the Go kola has for Flatcar is here, but for those left out', () => {
    const names = loaded.map(({ scenario }) => scenario.name);
    const wanted = readFileSync(join(import.meta.dirname, 'go-kola-names.txt'), 'utf8')
      .trim()
      .split('\n');
    expect(wanted).toHaveLength(142);
    expect(wanted.filter(name => !names.includes(name))).toEqual([]);
  });

  test('needs only capabilities that are known', () => {
    for (const { scenario } of loaded) {
      const needs = [scenario.needs, ...(scenario.subtests ?? []).map(subtest => subtest.needs)];
      for (const name of needs.flatMap(need => need?.capabilities ?? []))
        expect(Object.keys(capabilities), `${scenario.name} needs ${name}`).toContain(name);
    }
  });

  test('switches off only console rules that exist, and needs only services that the harness has', () => {
    const rules = consoleRules().rules.map(({ id }) => id);
    for (const { scenario } of loaded) {
      for (const id of scenario.allow.rules ?? []) expect(rules, scenario.name).toContain(id);
      for (const name of scenario.needs.services ?? []) expect(serviceNames, scenario.name).toContain(name);
    }
  });

  test('names external services in a form that can be probed', () => {
    for (const { scenario } of loaded)
      for (const need of [scenario.needs, ...(scenario.subtests ?? []).map(subtest => subtest.needs)])
        for (const name of [...(need?.external ?? []), ...Object.values(need?.externalWithout ?? {}).flat()])
          expect(() => parseNeed(name), `${scenario.name} needs ${name}`).not.toThrow();
  });

  test('can be given to an image that takes its version, and to one that reads Ignition 3 alone', () => {
    const three = manifest({ userData: ['ignition-3.0', 'ignition-3.1', 'ignition-3.2', 'ignition-3.3'] });
    for (const { scenario } of loaded)
      for (const own of userDataOf(scenario)) {
        const exact = renderUserData(own, additions, manifest());
        expect(exact.form, scenario.name).not.toContain('scenario is about');
        if (own.kind === 'ignition')
          expect(renderUserData(own, additions, three).form, scenario.name).toMatch(/^ignition 3\./);
      }
  });

  test('the smoke set boots at most six machines', () => {
    const smoke = loaded.map(({ scenario }) => scenario).filter(({ tags }) => tags.includes('smoke'));
    const machines = smoke.reduce((sum, { needs }) => sum + needs.machines, 0);
    expect(smoke.length).toBeGreaterThanOrEqual(4);
    expect(machines).toBeLessThanOrEqual(6);
    expect(smoke.some(({ needs }) => needs.machines === 2)).toBe(true);
    expect(smoke.some(({ tags }) => tags.includes('reboot'))).toBe(true);
  });
});
