import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recipeDir } from '../../../../src/image/reference/recipe.ts';

const run = promisify(execFile);
const type = (name: string): string => `system_u:object_r:${name}:s0`;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kola-pack-'));
  await mkdir(join(dir, 'out'));
  await mkdir(join(dir, 'bin'));
  for (const name of ['gensquashfs', 'mksquashfs']) {
    await writeFile(join(dir, 'bin', name), `#!/bin/sh\necho ${name} "$@"\n`);
    await chmod(join(dir, 'bin', name), 0o755);
  }
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const pack = async (): Promise<string> => {
  const env = { PATH: `${join(dir, 'bin')}:${process.env.PATH}` };
  const { stdout } = await run('sh', [join(recipeDir(), 'build/pack-usr.sh'), dir, join(dir, 'out')], {
    env,
  });
  return stdout;
};

test('a tree without a policy is packed without labels', async () => {
  const said = await pack();
  expect(said).toContain(`mksquashfs ${dir}/usr ${dir}/out/usr.squashfs`);
  expect(said).toContain('-no-xattrs');
});

test('labels are those of the places where the files will be', async () => {
  const files = join(dir, 'usr/share/flatcar/etc/selinux/default/contexts/files');
  await mkdir(files, { recursive: true });
  const lines = [
    `/.*\t${type('default_t')}`,
    `/usr(/.*)?\t${type('usr_t')}`,
    `/usr\t-d\t${type('usr_t')}`,
    `/usr/bin/.*\t${type('bin_t')}`,
    `/etc/ssh/.*\t--\t${type('etc_t')}`,
  ];
  await writeFile(join(files, 'file_contexts'), `${lines.join('\n')}\n`);
  await writeFile(join(files, 'file_contexts.homedirs'), `/home/[^/]+\t-d\t${type('user_home_dir_t')}\n`);
  await writeFile(
    join(files, 'file_contexts.subs_dist'),
    '# names\n/bin /usr/bin\n/usr/lib64 /usr/lib\n/etc/systemd/system /usr/lib/systemd/system\n/run/lock /var/lock\n',
  );
  const said = await pack();
  const labels = (await readFile(join(dir, 'out/labels'), 'utf8')).trimEnd().split('\n');
  // What comes later counts: nothing of /usr may follow the skeletons of ROOT and /etc that lie in it.
  expect(labels).toEqual([
    `/.*\t${type('usr_t')}`,
    `/ -d\t${type('usr_t')}`,
    `/bin/.*\t${type('bin_t')}`,
    `/share/flatcar/rootfs/.*\t${type('default_t')}`,
    `/share/flatcar/rootfs/usr(/.*)?\t${type('usr_t')}`,
    `/share/flatcar/rootfs/usr\t-d\t${type('usr_t')}`,
    `/share/flatcar/rootfs/usr/bin/.*\t${type('bin_t')}`,
    `/share/flatcar/rootfs/etc/ssh/.*\t--\t${type('etc_t')}`,
    `/share/flatcar/rootfs/home/[^/]+\t-d\t${type('user_home_dir_t')}`,
    `/share/flatcar/etc/ssh/.*\t--\t${type('etc_t')}`,
  ]);
  expect(await readFile(join(dir, 'out/labels.subs_dist'), 'utf8')).toBe(
    '/lib64 /lib\n/share/flatcar/etc/systemd/system /lib/systemd/system\n',
  );
  expect(said).toContain(`--selinux ${dir}/out/labels --pack-dir ${dir}/usr ${dir}/out/usr.squashfs`);
});
