import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { failureGroups } from '../../src/gate/groups.ts';
import { historyReader } from '../../src/store/history.ts';
import { importPath } from '../../src/store/import/files.ts';
import { openStore } from '../../src/store/open.ts';
import { ended, launcher } from './kola.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-repro-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const program = (name: string, text: string): void =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  program('kola', `exec "${process.execPath}" "${launcher}" "$@"`);
  // No machine ever comes up, which is quick, and a failure like any other.
  for (const arch of ['x86_64', 'aarch64'])
    program(`qemu-system-${arch}`, 'echo "qemu: the moon is away" >&2; exit 1');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** As a person does it: by a shell, in a place of their own. */
const typed = (command: string, runDir: string) =>
  ended(
    spawn('sh', ['-c', command], {
      env: {
        ...process.env,
        PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
        XDG_STATE_HOME: join(folder, 'state'),
        KOLA_OUTPUT_DIR: runDir,
        KOLA_STORE: 'none',
      },
    }),
  );

const causesIn = async (runDir: string) => {
  await using store = await openStore(':memory:');
  await importPath(store, runDir, {}, Date.now());
  return failureGroups(await historyReader(store).targets({}), [], []);
};

test('the command of a failure group, typed into a shell, shows the same cause again', async () => {
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  const run = await typed('kola run --image=reference --retries=0 cl.basic coreos.ignition.once', first);
  expect(run.code, run.stderr).toBe(2);
  const [group, ...others] = await causesIn(first);
  expect(others).toEqual([]);
  expect(group).toMatchObject({ failures: 2, scenarios: ['cl.basic', 'coreos.ignition.once'] });

  const again = await typed(group?.repro ?? 'false', second);
  expect(again.code, `${group?.repro}\n${again.stderr}`).toBe(2);
  const [shown] = await causesIn(second);
  expect(shown).toMatchObject({ failures: 1, cause: group?.cause });
});
