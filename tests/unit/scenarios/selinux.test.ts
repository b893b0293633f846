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
    [/^sudo bash/, ''],
  ];
  expect(await outcome(confined, script('Enforcing'))).toBe('held 1');
  expect(await outcome(confined, script('Permissive'))).toContain('enforcing-after-reboot');
});

test('docs.selinux: containers', async () => {
  const type = 'system_u:system_r:container_t:s0';
  const script = (...labels: readonly string[]): Script => [
    [/attr.current/, inTurn(...labels)],
    [/./, ''],
  ];
  const run = (...labels: readonly string[]) =>
    outcome(confined, script(...labels), { subtest: 'containers' });
  expect(await run(`${type}:c1,c2`, `${type}:c3,c4`)).toBe('held 2');
  expect(await run(`${type}:c1,c2`)).toContain('told-apart');
  expect(await run('system_u:system_r:kernel_t:s0')).toContain('confined');
});
