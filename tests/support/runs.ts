import type { RunEvent } from '../../src/core/event.ts';
import { EventLog, failureOf, flatcarTarget, referenceTarget, type ScenarioFixture } from './events.ts';

const passed: ScenarioFixture['attempts'] = [{ outcome: 'passed' }];

const panicConsole = [
  '[    3.141592] EXT4-fs (vda9): mounted filesystem with ordered data mode',
  '[    9.265358] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
  '[    9.979323] CPU: 0 PID: 1 Comm: swapper/0 Not tainted 6.12.51-flatcar #1',
].join('\n');

const panic = failureOf('product', 'Kernel panic on the console of machine: VFS: Unable to mount root fs', {
  code: 'console-kernel-panic',
  hint: 'read the boot log from the panic upwards',
  evidence: [
    {
      source: 'console',
      text: panicConsole,
      path: 'qemu/amd64/cl.disk.raid1.data/1/a3m1/console.txt',
      line: 214,
      machine: 'machine',
    },
  ],
});

const unselected = (name: string, code: 'capability' | 'denylist', text: string) => ({
  ...referenceTarget,
  scenario: name,
  reason: { code, text },
});

/** Everything passed: two scenarios, one with two machines and sub-tests. */
export const passedRun = (): RunEvent[] =>
  new EventLog([
    {
      name: 'cl.basic',
      tags: ['smoke'],
      attempts: [
        {
          outcome: 'passed',
          checks: ['machine-id', 'services'],
          subtests: [
            { name: 'UseradduserBasics', outcome: 'passed' },
            { name: 'ServicesActive', outcome: 'passed' },
          ],
        },
      ],
    },
    { name: 'linux.nfs.v4', attempts: [{ outcome: 'passed', machines: ['server', 'client'] }] },
  ]).write();

/** One of each outcome on one target. */
export const mixedRun = (): RunEvent[] => {
  const quota = failureOf('capacity', 'no room for machine server: 3 of 3 instances in use', {
    code: 'quota',
  });
  const reset = failureOf('network', 'SSH connection to 10.0.2.15:22 was reset', { code: 'ssh-reset' });
  return new EventLog([
    { name: 'cl.basic', tags: ['smoke'], attempts: passed },
    {
      name: 'cl.filesystem',
      attempts: [
        {
          outcome: 'failed',
          checks: ['writable-dirs', '!no-dead-links'],
          subtests: [
            { name: 'deadlinks', outcome: 'failed', failure: failureOf('product', '2 dead links in /usr') },
            { name: 'suid', outcome: 'skipped', reason: 'needs SELinux' },
          ],
          failure: failureOf('product', 'expected no dead links in /usr, found 2\n/usr/a\n/usr/b'),
        },
      ],
    },
    {
      name: 'cl.disk.raid1.data',
      attempts: [
        {
          outcome: 'failed',
          failure: panic,
          rules: [{ rule: 'kernel-panic', line: 214, text: panicConsole }],
        },
        {
          outcome: 'failed',
          failure: panic,
          rules: [{ rule: 'kernel-panic', line: 214, text: panicConsole }],
        },
      ],
    },
    {
      name: 'docker.base',
      outcome: 'flaky',
      failure: reset,
      attempts: [{ outcome: 'failed', failure: reset }, { outcome: 'passed' }],
    },
    { name: 'cl.tpm', attempts: [{ outcome: 'skipped', reason: 'the machine has no TPM | none at all' }] },
    { name: 'cl.internet', attempts: [{ outcome: 'blocked', reason: 'ghcr.io did not answer', checks: [] }] },
    {
      name: 'coreos.ignition.once',
      attempts: [
        {
          outcome: 'timedout',
          failure: failureOf('product', 'waited 300 s for multi-user.target active; last seen: inactive', {
            code: 'deadline-run',
          }),
        },
      ],
    },
    { name: 'kubeadm.base', outcome: 'notrun', reason: '--fail-fast', failure: quota },
  ]).write({
    exitCode: 1,
    verdict: 'FAIL: 3 of 8 scenarios failed',
    leaked: ['process qemu-4711'],
    unselected: [
      unselected('cl.omaha.ping', 'capability', 'the image has no update-engine'),
      unselected('cl.update.payload', 'capability', 'the image has no update-engine'),
      unselected('docker.slow', 'denylist', 'denied until 2026-12-31: flatcar/Flatcar#1'),
    ],
  });
};

/** Killed after 40 s: one passed, one in flight, one not begun. */
export const interruptedRun = (): RunEvent[] =>
  new EventLog(
    ['cl.basic', 'cl.verity', 'cl.filesystem'].map(name => ({ name, attempts: passed })),
    { slots: 1 },
  ).write({ until: 40_000 });

/** One scenario on two targets, of which one is Flatcar, with one common cause. */
export const twoTargetRun = (): RunEvent[] => {
  const targets = [referenceTarget, flatcarTarget];
  const broken = failureOf('product', 'expected /dev/mapper/usr to be read-only, found rw');
  return new EventLog(
    targets.flatMap(target => [
      { name: 'cl.basic', target, attempts: passed },
      { name: 'cl.verity', target, attempts: [{ outcome: 'failed' as const, failure: broken }] },
    ]),
    { targets },
  ).write({ exitCode: 1, verdict: 'FAIL: 2 of 4 scenarios failed' });
};

/** `--multiply 3`. */
export const copiesRun = (): RunEvent[] =>
  new EventLog([1, 2, 3].map(copy => ({ name: 'cl.basic', copy, attempts: passed }))).write();

/** Messages and logs that try to break out of every format. */
export const hostileText = [
  '</script><script>alert(1)</script><img src=x onerror=alert(2)>',
  ']]> &amp; ]]>]]> <![CDATA[ <!-- -->',
  '\u0000\u0001\u001b[31mred\u001b[0m\u001b]0;title\u0007 \u202eevil \ud800 \ufffe \ufdd0',
  '::error title=fake::injected',
  '##[error]fake ```` | pipe | ok - fake # SKIP',
  'quotes \' " ` $(x) \\ %0A',
].join('\n');

export const hostileRun = (): RunEvent[] => {
  const failure = failureOf('product', hostileText, {
    hint: hostileText,
    evidence: [{ source: 'console', text: hostileText, path: 'a b/#1/"x".txt', line: 1, machine: 'm' }],
  });
  return new EventLog([
    {
      name: 'cl.hostile',
      attempts: [
        {
          outcome: 'failed',
          failure,
          rules: [{ rule: 'kernel-panic', line: 1, text: hostileText }],
          checks: ['!check'],
        },
        { outcome: 'failed', failure },
      ],
    },
    { name: 'cl.skip', attempts: [{ outcome: 'skipped', reason: hostileText }] },
    {
      name: 'cl.flaky',
      outcome: 'flaky',
      failure,
      attempts: [{ outcome: 'failed', failure }, { outcome: 'passed' }],
    },
  ]).write({ exitCode: 1, verdict: hostileText });
};
