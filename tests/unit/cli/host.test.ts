import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageFinding } from '../../../src/cli/host/findings.ts';
import { folderFindings, nodeFinding } from '../../../src/cli/host/machine.ts';
import { type HostPackage, hostPackages, packagesFor } from '../../../src/cli/host/packages.ts';
import { locate } from '../../../src/cli/host/presence.ts';

test('an old Node is unusable, with what to do', () => {
  expect(nodeFinding('24.1.0')).toMatchObject({ state: 'present', vital: true });
  expect(nodeFinding('22.9.0')).toMatchObject({ state: 'unusable', mend: expect.any(String) });
});

test('folders are looked at where they will be, without being made', () => {
  const root = mkdtempSync(join(tmpdir(), 'kola-host-'));
  const findings = folderFindings(root, { XDG_CACHE_HOME: join(root, 'c'), XDG_STATE_HOME: join(root, 's') });
  expect(findings.map(({ id }) => id)).toEqual(['output-folder', 'cache-folder', 'state-folder']);
  expect(findings[0]).toMatchObject({ detail: expect.stringContaining(`${root}/_kola_temp`) });
  expect(findings.every(({ state }) => state === 'present')).toBe(true);
  expect(readdirSync(root)).toEqual([]);
  // There is no room in /proc, whoever asks.
  expect(folderFindings('/proc', {})[0]).toMatchObject({ state: 'unusable', vital: true });
  rmSync(root, { recursive: true });
});

test('a package is there when everything it brings is', () => {
  const one: HostPackage = {
    name: 'x',
    purposes: ['run'],
    brings: ['node', '/no/such/file'],
    why: 'y',
  };
  const path = join(process.execPath, '..');
  expect(packageFinding(one, path)).toMatchObject({
    state: 'missing',
    detail: '/no/such/file not found: y',
    mend: 'kola setup, or apt-get install x',
  });
  expect(packageFinding({ ...one, brings: ['node'] }, path)).toMatchObject({ state: 'present' });
});

test('a folder is no program', () => {
  expect(locate('bin', '/usr')).toBeUndefined();
  expect(locate('sh', '/bin')).toBe('/bin/sh');
});

test('packages by purpose and architecture', () => {
  const names = (...args: Parameters<typeof packagesFor>): readonly string[] =>
    packagesFor(...args).map(({ name }) => name);
  expect(names(['run'], ['amd64'])).toContain('qemu-system-x86');
  expect(names(['run'], ['amd64'])).not.toContain('qemu-system-arm');
  expect(names(['run'], ['arm64'])).toContain('qemu-system-arm');
  expect(names(['run', 'build'], ['amd64'])).not.toContain('openssh-server');
  expect(names(['test'], ['amd64'])).toContain('openssh-server');
  expect(new Set(hostPackages.map(({ name }) => name)).size).toBe(hostPackages.length);
});
