import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kola } from './kola.ts';

/** A disk that is one to kola and boots nothing; a scenario that declares no sabotage needs no machine. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-prove-'));
  mkdirSync(join(folder, 'image'));
  mkdirSync(join(folder, 'more'));
  const disk = Buffer.alloc(1 << 20);
  disk.set([0x55, 0xaa], 510);
  writeFileSync(join(folder, 'image/disk.img'), disk);
  writeFileSync(
    join(folder, 'image/image.json'),
    JSON.stringify({
      schema: 1,
      name: 'nothing',
      kind: 'custom',
      title: 'An empty disk',
      version: '4459.0.0',
      arch: 'amd64',
      disk: {
        file: 'disk.img',
        format: 'raw',
        sha256: createHash('sha256').update(disk).digest('hex'),
      },
      osRelease: { id: 'flatcar' },
      selinux: { policy: 'none', enforcing: false },
      provides: [],
      userData: ['ignition-3.3'],
      usrHash: { where: 'kernel', offset: 64 },
      bootLog: { console: 'ttyS0', kernel: true, systemd: true },
      firmware: ['bios'],
    }),
  );
  writeFileSync(
    join(folder, 'more/my.bare.js'),
    `export default { name: 'my.bare', description: 'x', tags: [], needs: { machines: 1 }, allow: {},
      timeout: 1000, machines: [{ role: 'machine' }], run: async () => {} };`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const prove = (...args: string[]) =>
  kola(['prove', '--image=image', '--scenario-dir=more', ...args], {
    cwd: folder,
    env: { XDG_STATE_HOME: join(folder, 'state') },
  });

test('what declares no sabotage is not proven: exit 1, a table, prove.json and prove.md', async () => {
  const { code, stdout } = await prove('my.bare', '--output-dir=out');
  expect(stdout).toMatch(/^my\.bare {2}–? .*none declared$/m);
  expect(stdout).toMatch(/^NOT ALL PROVEN: 1 none declared of 1$/m);
  expect(code).toBe(1);
  const report = JSON.parse(readFileSync(join(folder, 'out/prove.json'), 'utf8'));
  expect(report).toMatchObject({ schema: 1, exitCode: 1, counts: { undeclared: 1 } });
  expect(readFileSync(join(folder, 'out/prove.md'), 'utf8')).toContain('| my.bare | – | – | none declared |');
  expect(existsSync(join(folder, 'out/junit.xml'))).toBe(false);
});

test('it goes on where an earlier run stopped, and lets pass what may be undeclared', async () => {
  const { code, stdout } = await prove('my.bare', '--resume=out', '--output-dir=out', '--allow-undeclared');
  expect(stdout).toMatch(/^NOTHING PROVEN: 1 none declared of 1$/m);
  expect(code).toBe(0);
});

test('a folder to go on from has to be one, and of this image', async () => {
  const missing = await prove('my.bare', '--resume=nowhere');
  expect(missing.stderr).toMatch(/--resume .*nowhere: there is no events\.ndjson/);
  expect(missing.code).toBe(3);
  mkdirSync(join(folder, 'other'));
  writeFileSync(join(folder, 'other/events.ndjson'), '{"type":"run.started"\n');
  const other = await prove('my.bare', '--resume=other');
  expect(other.stderr).toMatch(/that run was about another image: none/);
  expect(other.code).toBe(3);
});
