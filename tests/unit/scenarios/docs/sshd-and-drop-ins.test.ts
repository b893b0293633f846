import { expect, test } from 'vitest';
import sshd from '../../../../scenarios/docs/docs.customizing-sshd.ts';
import dropIns from '../../../../scenarios/docs/docs.systemd-drop-ins.ts';
import type { Script } from '../../../support/fake-machine.ts';
import { but, inTurn, outcome } from '../../../support/scenario-outcome.ts';

const asRoot: Script = [[/^sudo bash -s$/, '']];

/** Exit codes, one after the other; the last one stays. */
const codes = (...all: readonly number[]) => {
  const rest = [...all];
  return () => ({ code: (rest.length > 1 ? rest.shift() : rest[0]) ?? 1 });
};

test('docs.customizing-sshd', async () => {
  const script = (root: readonly number[], other: readonly number[], core: readonly number[]): Script => [
    ...asRoot,
    [/useradd|ssh-keygen/, ''],
    [/ root@/, codes(...root)],
    [/ kola-user3@/, codes(...other)],
    [/ core@/, codes(...core)],
  ];
  const files = { files: { '/etc/ssh/sshd_config': 'UsePAM yes\n' } };
  const run = (...given: Parameters<typeof script>) => outcome(sshd, script(...given), files);
  expect(await run([0, 255], [0, 255], [255, 0])).toBe('held 6');
  expect(await run([255], [0, 255], [255, 0])).toContain('root-before');
  expect(await run([0], [0, 255], [255, 0])).toContain('root-refused');
  expect(await run([0, 255], [0], [255, 0])).toContain('other-refused');
  expect(await run([0, 255], [255], [255, 0])).toContain('other-before');
  expect(await run([0, 255], [0, 255], [0])).toContain('port-closed-before');
  expect(await run([0, 255], [0, 255], [255])).toContain('core-on-new-port');
});

test('docs.systemd-drop-ins', async () => {
  const good: Script = [...asRoot, [/^test -e/, codes(0, 1)], [/ExecMainStart/, inTurn('0', '5123456')]];
  expect(await outcome(dropIns, good)).toBe('held 3');
  const idle = but(good, [/ExecMainStart/, '0'], [/^test -e/, codes(0, 1)]);
  expect(await outcome(dropIns, idle)).toContain('unit-ran');
  expect(await outcome(dropIns, but(good, [/^test -e/, codes(1)]))).toContain('addition-ran');
  const kept = but(good, [/^test -e/, codes(0)], [/ExecMainStart/, inTurn('0', '5123456')]);
  expect(await outcome(dropIns, kept)).toContain('vendor-again');
});
