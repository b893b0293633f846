import { describe, expect, test } from 'vitest';
import { type KolaError, NetworkError } from '../../../src/core/errors.ts';
import type { ImageManifest } from '../../../src/core/image.ts';
import { awaitReady, type ReadinessOptions } from '../../../src/machine/readiness.ts';
import type { Exec } from '../../../src/machine/ssh/command.ts';

const manifest = (selinux: 'none' | 'targeted' = 'none'): ImageManifest => ({
  schema: 1,
  name: 'test',
  kind: 'reference',
  title: 'Test',
  version: '1',
  arch: 'amd64',
  disk: { file: 'disk.qcow2', format: 'qcow2', sha256: '' },
  osRelease: { id: 'testos' },
  selinux: { policy: selinux, enforcing: false },
  provides: [],
  userData: [],
  usrHash: { where: 'kernel' },
  bootLog: { console: 'ttyS0', kernel: true, systemd: true },
  firmware: ['bios'],
});

/** A machine that gives these answers to the polls, the last one for ever, and records what it was asked. */
const answering = (...answers: readonly (string | Error)[]) => {
  const asked: string[] = [];
  let polls = 0;
  const exec: Exec = async (command, options = {}) => {
    asked.push(command === 'sudo sh' ? String(options.input) : command);
    const answer =
      command === 'sudo sh'
        ? answers[Math.min(polls++, answers.length - 1)]
        : 'x.service - X\nNov 20 18:19:34 host systemd[1]: x.service: Failed with result exit-code.\n';
    if (answer instanceof Error) throw answer;
    return { code: 0, signal: null, stdout: answer ?? '', stderr: '', duration: 1 };
  };
  return { exec, asked };
};

const state = (word: string, more = '') => `boot=b1\nid=testos\nstate=${word}\n${more}`;
const options = (changes: Partial<ReadinessOptions> = {}): ReadinessOptions => ({
  machine: 'm1',
  manifest: manifest(),
  allow: {},
  until: 1000,
  every: 1,
  signal: new AbortController().signal,
  ...changes,
});
const failure = (exec: Exec, changes?: Partial<ReadinessOptions>): Promise<KolaError> =>
  awaitReady(exec, options(changes)).then(
    () => expect.unreachable('it was ready'),
    error => error,
  );

describe('a machine', () => {
  test('is ready when it is running, with one command a poll', async () => {
    const { exec, asked } = answering(state('starting'), state('running'));
    expect(await awaitReady(exec, options())).toEqual({ bootId: 'b1' });
    expect(asked).toHaveLength(2);
    expect(asked[0]).not.toContain('setenforce');
  });

  test('that reboots once more during its start is waited for', async () => {
    const { exec } = answering(new NetworkError('ssh-disconnected', 'gone'), '', state('running'));
    expect(await awaitReady(exec, options())).toEqual({ bootId: 'b1' });
  });

  test('whose host key changed is not', async () => {
    const error = await failure(answering(new NetworkError('ssh-host-key-mismatch', 'other')).exec);
    expect(error.code).toBe('ssh-host-key-mismatch');
  });

  test('with a failed unit fails with its name, its last words and its journal', async () => {
    const { exec, asked } = answering(state('degraded', 'failed=x.service\nfailed=y.service\n'));
    const error = await failure(exec);
    expect(error).toMatchObject({ kind: 'product', code: 'failed-unit' });
    expect(error.message).toBe(
      'unit x.service failed on machine m1 (and 1 more: y.service) — x.service: Failed with result exit-code.',
    );
    expect(error.evidence[0]).toMatchObject({ source: 'journal', machine: 'm1' });
    expect(error.evidence[0]?.text).toContain('x.service - X');
    expect(asked[1]).toContain('--unit=x.service');
  });

  test('may have failed units where the scenario allows them', async () => {
    const { exec } = answering(state('degraded', 'failed=x.service\n'));
    expect(await awaitReady(exec, options({ allow: { failedUnits: true } }))).toEqual({ bootId: 'b1' });
  });

  test('whose unit recovered is asked again', async () => {
    const { exec } = answering(state('degraded'), state('running'));
    expect(await awaitReady(exec, options())).toEqual({ bootId: 'b1' });
  });

  test.each(['maintenance', 'offline', 'unknown'])('in state %s fails', async word => {
    const error = await failure(answering(state(word)).exec);
    expect(error.code).toBe('system-degraded');
    expect(error.message).toBe(`machine m1 is "${word}", expected "running"`);
  });

  test('that runs another system fails, whatever its state', async () => {
    const error = await failure(answering('boot=b1\nid=debian\nstate=starting\n').exec);
    expect(error.code).toBe('wrong-os');
    expect(error.message).toContain('"debian" by its os-release, expected "testos"');
  });

  test('that never ends its start fails with the jobs that hold it', async () => {
    const error = await failure(answering(state('starting', 'job=12 slow.service start running\n')).exec, {
      until: 20,
    });
    expect(error).toMatchObject({ kind: 'product', code: 'deadline-boot' });
    expect(error.message).toContain('slow.service');
    expect(error.evidence[0]?.text).toContain('12 slow.service start running');
  });

  test('is given up with the reason of the signal', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    controller.abort(reason);
    expect(await failure(answering(state('starting')).exec, { signal: controller.signal })).toBe(reason);
  });
});

describe('SELinux', () => {
  const enforced = state('running', 'selinux=ok\naudit=ok\n');

  test('is enforced where the image has a policy', async () => {
    const { exec, asked } = answering(enforced);
    await awaitReady(exec, options({ manifest: manifest('targeted') }));
    expect(asked[0]).toContain('setenforce 1');
    expect(asked[0]).toContain('80-selinux.rules');
  });

  test('is left alone where the scenario wants it permissive', async () => {
    const { exec, asked } = answering(state('running'));
    await awaitReady(exec, options({ manifest: manifest('targeted'), allow: { permissive: true } }));
    expect(asked[0]).not.toContain('setenforce');
  });

  test.each([
    ['selinux=refused\n', 'selinux-permissive'],
    ['selinux=ok\naudit=failed\n', 'audit-rules'],
  ])('%j is a failure', async (answer, code) => {
    const { exec } = answering(state('running', answer));
    expect((await failure(exec, { manifest: manifest('targeted') })).code).toBe(code);
  });
});
