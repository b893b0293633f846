import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderMark } from '../../../../platforms/qemu/identity.ts';
import { sweepQemu } from '../../../../platforms/qemu/sweep.ts';
import { brandId, type RunId } from '../../../../src/core/ids.ts';
import type { OwnedResource } from '../../../../src/core/ledger.ts';
import { identifyProcess } from '../../../../src/core/process-identity.ts';

const run = brandId<RunId>('deadrun');
const marker = `kola-${run}-kola-abc`;
const context = { signal: new AbortController().signal, log: () => {} };
const resource = (over: Partial<OwnedResource>): OwnedResource => ({
  run,
  platform: 'qemu',
  entry: 'e1',
  kind: 'process',
  name: marker,
  ...over,
});

/** A stand-in for QEMU: a shell under any name, with any arguments. */
const start = async (name: string, ...args: readonly string[]): Promise<ChildProcess & { pid: number }> => {
  const child = spawn('/bin/sh', ['-c', 'read never', ...args], {
    argv0: name,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  onTestFinished(() => void child.kill('SIGKILL'));
  return child as ChildProcess & { pid: number };
};

const startTime = (pid: number): string => identifyProcess(pid)!.startTime;
const lives = (child: { pid: number }): boolean => identifyProcess(child.pid) !== undefined;

describe('sweeping processes', () => {
  it('kills what pid, start time and marker agree on', async () => {
    const child = await start('qemu-system-x86_64', '-name', marker);
    const entry = resource({ id: String(child.pid), detail: { startTime: startTime(child.pid) } });
    expect(await sweepQemu([entry], context)).toEqual(['e1']);
    expect(lives(child)).toBe(false);
  });

  it.each([
    ['has another start time', (pid: number) => ({ id: String(pid), detail: { startTime: '1' } }), marker],
    [
      'has other arguments',
      (pid: number) => ({ id: String(pid), detail: { startTime: startTime(pid) } }),
      'kola-other-kola-abc',
    ],
    [
      'only has a longer name',
      (pid: number) => ({ id: String(pid), detail: { startTime: startTime(pid) } }),
      `${marker}d`,
    ],
  ])('spares a process that %s, and calls ours gone', async (_why, facts, argument) => {
    const child = await start('qemu-system-x86_64', '-name', argument);
    expect(await sweepQemu([resource(facts(child.pid))], context)).toEqual(['e1']);
    expect(lives(child)).toBe(true);
  });

  it('finds by its marker a process whose id was never written down, and nobody who just looks for it', async () => {
    const [qemu, tpm, grep] = await Promise.all([
      start('qemu-system-aarch64', '-name', marker),
      start('swtpm', '--ctrl', `type=unixio,path=${marker}-tpm.sock`),
      start('grep', marker),
    ]);
    const entries = [resource({}), resource({ entry: 'e2', name: `${marker}-tpm` })];
    expect(await sweepQemu(entries, context)).toEqual(['e1', 'e2']);
    expect([lives(qemu), lives(tpm), lives(grep)]).toEqual([false, false, true]);
  });
});

describe('sweeping folders', () => {
  const folder = (mark?: string): string => {
    const root = mkdtempSync(join(tmpdir(), 'kola-sweep-'));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const path = join(root, 'machine');
    mkdirSync(path);
    if (mark !== undefined) writeFileSync(join(path, folderMark), mark);
    return path;
  };
  const entry = (name: string): OwnedResource => resource({ kind: 'folder', name, id: name });

  it('removes ours, and calls gone what is gone', async () => {
    const path = folder(`${marker}\n`);
    writeFileSync(join(path, 'primary.qcow2'), 'x');
    expect(await sweepQemu([entry(path)], context)).toEqual(['e1']);
    expect(existsSync(path)).toBe(false);
    expect(await sweepQemu([entry(path)], context)).toEqual(['e1']);
  });

  it('removes one that was only just made', async () => {
    const path = folder();
    expect(await sweepQemu([entry(path)], context)).toEqual(['e1']);
    expect(existsSync(path)).toBe(false);
  });

  it('spares every other, and says that it is still there', async () => {
    const foreign = folder();
    writeFileSync(join(foreign, 'thesis.txt'), 'x');
    const other = folder('kola-otherrun-kola-abc\n');
    const behindLink = folder(`${marker}\n`);
    const link = `${behindLink}-link`;
    symlinkSync(behindLink, link);
    for (const path of [foreign, other, link])
      expect(await sweepQemu([entry(path)], context), path).toEqual([]);
    expect([foreign, other, behindLink].map(path => existsSync(path))).toEqual([true, true, true]);
  });

  it('leaves alone what it does not know', async () => {
    expect(await sweepQemu([resource({ kind: 'instance', name: 'i-1' })], context)).toEqual([]);
  });
});
