import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layDownCommand, renewalScript } from '../../../src/machine/clone-scripts.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kola-clone-'));
  mkdirSync(join(root, 'home', '.ssh'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Programs that a test must not run for real; each writes down how it was called. */
const stand = ['systemctl', 'date', 'touch'];

/** Runs a script with the paths of a machine moved into the test's folder. */
const run = (script: string, env: Readonly<Record<string, string>> = {}) => {
  const bin = join(root, 'bin');
  mkdirSync(bin, { recursive: true });
  mkdirSync(join(root, 'etc/ssh'), { recursive: true });
  mkdirSync(join(root, 'run/log/journal/old'), { recursive: true });
  for (const name of stand)
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >>${root}/calls\n`, { mode: 0o755 });
  const moved = script.replaceAll(/(?<=[\s>])\/(etc|var|run)\//g, `${root}/$1/`);
  const { status, stderr } = spawnSync('sh', ['-s', '--', join(root, 'home')], {
    input: moved,
    encoding: 'utf8',
    env: { PATH: `${bin}:${process.env.PATH}`, ...env },
  });
  return { status, stderr, calls: readFileSync(join(root, 'calls'), 'utf8') };
};

const options = {
  loginKey: 'ssh-ed25519 OWN kola',
  hostPrivateKey: "-----BEGIN KEY-----\nit's\n-----END KEY-----\n",
  hostPublicKey: 'ssh-ed25519 HOST kola-host',
  socketActivated: true,
  now: 1_800_000_000_500,
};

describe('a clone', () => {
  it('gets its own keys, the time, and its timers back', () => {
    const keys = join(root, 'home/.ssh/authorized_keys');
    writeFileSync(keys, 'kola-key-of-the-next-clone kola\nssh-ed25519 SOMEBODY me\n');
    const { status, stderr, calls } = run(renewalScript(options), { timers: 'a.timer b.timer' });
    expect([status, stderr]).toEqual([0, '']);
    expect(readFileSync(keys, 'utf8')).toBe('ssh-ed25519 OWN kola\nssh-ed25519 SOMEBODY me\n');
    expect(readFileSync(join(root, 'etc/ssh/ssh_host_ed25519_key'), 'utf8')).toBe(options.hostPrivateKey);
    expect(calls.split('\n')).toEqual([
      'date --set=@1800000000.500',
      expect.stringMatching(/^touch -c .*stamp-/),
      'systemctl start --no-block a.timer b.timer',
      '',
    ]);
  });

  it('does without a folder of keys where its user has none', () => {
    rmSync(join(root, 'home/.ssh'), { recursive: true });
    expect(run(renewalScript(options)).status).toBe(0);
  });

  it('gets an id of its own where it needs one, and its journal moves with it', () => {
    mkdirSync(join(root, 'etc'));
    writeFileSync(join(root, 'etc/machine-id'), 'old\n');
    const { status, calls } = run(renewalScript({ ...options, machineId: 'fresh' }));
    expect(status).toBe(0);
    expect(readFileSync(join(root, 'etc/machine-id'), 'utf8')).toBe('fresh\n');
    expect(calls).toMatch(/daemon-reexec\n.*try-restart systemd-journald/);
  });

  it('has its server read the host key again where that runs all the time', () => {
    expect(run(renewalScript({ ...options, socketActivated: false })).calls).toMatch(/sshd\.service/);
  });
});

describe('a machine that lies down', () => {
  it('is told so by a command that a shell can read', () => {
    const command = layDownCommand({ line: '/dev/ttyS1', loginKey: 'ssh-ed25519 OLD kola' });
    expect(spawnSync('sh', ['-n'], { input: command }).status).toBe(0);
    const script = spawnSync('sh', ['-c', `sudo() { printf %s "$7"; }; HOME=/home/core; ${command}`], {
      encoding: 'utf8',
    }).stdout;
    expect(script).toContain('exec 3<>/dev/ttyS1');
    expect(script).toContain("'s|ssh-ed25519 OLD|kola-key-of-the-next-clone|'");
    expect(spawnSync('sh', ['-n'], { input: script }).status).toBe(0);
  });

  it('waits until its last word has gone out before it ends, which would throw it away', () => {
    const lines = layDownCommand({ line: '/dev/ttyS1', loginKey: 'ssh-ed25519 OLD kola' }).split('\n');
    expect(lines.at(-2)).toContain('kola-awake');
    expect(lines.at(-1)).toMatch(/^stty .* <&3'/);
  });
});
