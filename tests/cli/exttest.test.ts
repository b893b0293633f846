import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kola } from './kola.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-exttest-'));
  mkdirSync(join(folder, 'good/tests/kola/basic'), { recursive: true });
  mkdirSync(join(folder, 'bad'));
  const script = '#!/bin/sh\n## kola:\n##   platforms: qemu\n##   description: Nothing happens\ntrue\n';
  writeFileSync(join(folder, 'good/tests/kola/basic/noop'), script, { mode: 0o755 });
  writeFileSync(join(folder, 'bad/test.sh'), script.replace('platforms', 'platfroms'), { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true }));

test('external tests are listed and selected like scenarios', async () => {
  const { stdout, code } = await kola(['list', '--exttest=good', 'ext.*'], { cwd: folder });
  expect({ stdout, code }).toEqual({ stdout: 'ext.good.basic.noop  Nothing happens\n', code: 0 });
  const elsewhere = await kola(['list', '-E', 'good', '-p', 'aws', '--why', 'ext.*'], { cwd: folder });
  expect(elsewhere.stdout).toMatch(/^ext\.good\.basic\.noop +not selected: only on qemu$/m);
});

test('metadata with an unknown key is an error that names file and key', async () => {
  const { stderr, code } = await kola(['run', '--exttest=bad', '--image=reference'], { cwd: folder });
  expect(stderr).toMatch(/bad\/test\.sh: unknown key platfroms/);
  expect(code).toBe(3);
});

test('a folder without tests is an error', async () => {
  const { stderr, code } = await kola(['list', '--exttest=none'], { cwd: folder });
  expect(stderr).toMatch(/--exttest .*none: there is no such folder/);
  expect(code).toBe(3);
});
