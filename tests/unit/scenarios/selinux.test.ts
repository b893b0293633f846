import { expect, test } from 'vitest';
import confined from '../../../scenarios/docs/docs.selinux.ts';
import enforce from '../../../scenarios/security/coreos.selinux.enforce.ts';
import type { Script } from '../../support/fake-machine.ts';
import { but, inTurn, outcome } from '../../support/scenario-outcome.ts';

const config = /etc\/selinux\/config/;

test('the harness does not enforce what configurations are expected to', () => {
  for (const { allow } of [enforce, confined]) expect(allow.permissive).toBe(true);
});

test('coreos.selinux.enforce', async () => {
  const script = (...modes: readonly string[]): Script => [
    [/setenforce|sed -i/, ''],
    [/^getenforce$/, inTurn(...modes)],
    [/is-active/, 'active'],
    [config, 'SELINUX=enforcing\nSELINUXTYPE=mcs'],
  ];
  const good = () => script('Enforcing', 'Permissive', 'Enforcing');
  const rebooted = (mode: string) => ({ afterReboot: script(mode) });
  expect(await outcome(enforce, good(), rebooted('Enforcing'))).toBe('held 6');
  expect(await outcome(enforce, good(), rebooted('Permissive'))).toContain('enforcing-after-reboot');
  expect(await outcome(enforce, script('Permissive'))).toMatch(/^enforcing:/);
  expect(await outcome(enforce, script('Enforcing'))).toContain('permissive');
  expect(await outcome(enforce, but(good(), [/cat/, 'SELINUX=permissive']))).toContain('configured');
});

test('docs.selinux', async () => {
  const script = (mode: string): Script => [
    [/^getenforce$/, mode],
    [/./, ''],
  ];
  expect(await outcome(confined, script('Permissive'))).toContain('enforcing-after-reboot');
});
