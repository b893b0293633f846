import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { kola } from './kola.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-commands-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const commandNames = [
  'run',
  'list',
  'prove',
  'new',
  'spawn',
  'check-console',
  'image',
  'report',
  'merge',
  'worker',
  'import',
  'gate',
  'doctor',
  'setup',
  'version',
  'completion',
];

describe('help', () => {
  test.each([[['help']], [[]], [['--help']], [['-h']]])('kola %j names every command', async args => {
    const { code, stdout } = await kola(args);
    expect(code).toBe(0);
    for (const name of commandNames) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  test.each(commandNames)('kola help %s', async name => {
    const { code, stdout, stderr } = await kola(['help', name]);
    expect(stdout).toContain(`Usage: kola ${name}`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('version', async () => {
    expect((await kola(['version'])).stdout).toMatch(/^kola version \d+\.\d+\.\d+\n$/);
  });
});

const reason = z.strictObject({ code: z.string(), text: z.string() }).nullable();
const listing = z.strictObject({
  scenarios: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      tags: z.array(z.string()),
      needs: z.object({ machines: z.number() }),
      selected: z.boolean(),
      reason,
      targets: z.array(z.strictObject({ target: z.string(), selected: z.boolean(), reason })),
    }),
  ),
});
const list = async (...args: string[]) => {
  const { stdout, code } = await kola(['list', '--json', ...args], { cwd: folder });
  expect(code).toBe(0);
  return listing.parse(JSON.parse(stdout)).scenarios;
};

describe('kola list', () => {
  test('shows every scenario; each is selected or has a reason', async () => {
    const scenarios = await list('--tag=smoke');
    expect(scenarios.map(({ name }) => name)).toContain('cl.basic');
    expect(scenarios.length).toBeGreaterThan(10);
    for (const one of scenarios) expect(one.reason === null).toBe(one.selected);
    expect(scenarios.filter(({ selected }) => selected).length).toBeLessThan(scenarios.length);
  });

  test('--selected leaves exactly the selected ones', async () => {
    const all = await list('--image=reference', '--tag=smoke');
    const selected = await list('--image=reference', '--tag=smoke', '--selected');
    expect(selected).toEqual(all.filter(one => one.selected));
    expect(selected.length).toBeGreaterThan(0);
  });

  test('shards are a partition', async () => {
    const parts = await Promise.all(
      ['1/3', '2/3', '3/3'].map(shard => list('--selected', `--shard=${shard}`)),
    );
    const all = await list('--selected');
    expect(
      parts
        .flat()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(all.map(({ name }) => name));
  });

  test('--why says why not', async () => {
    const { stdout } = await kola(['list', '--why', 'cl.basic'], { cwd: folder });
    expect(stdout).toMatch(/^cl\.basic {2,}(?!not selected)/m);
    expect(stdout).toMatch(/not selected: not matched by cl\.basic/);
  });

  test('globs restrict the plain listing', async () => {
    const { stdout } = await kola(['list', 'cl.basi?'], { cwd: folder });
    expect(stdout).toMatch(/^cl\.basic {2}.*\n$/);
  });

  test('kola.yaml and the environment count', async () => {
    const own = mkdtempSync(join(folder, 'yaml-'));
    writeFileSync(join(own, 'kola.yaml'), 'tag: no-such-tag\n');
    const byFile = await kola(['list', '--selected'], { cwd: own });
    expect(byFile.stdout).toBe('');
    const byEnvironment = await kola(['list', '--selected'], { cwd: own, env: { KOLA_TAG: 'smoke' } });
    expect(byEnvironment.stdout).toContain('cl.basic');
  });

  test('the flags of kola run are taken, too, those without effect with a note', async () => {
    const args = ['list', '-j', '2', '--remove=false', '--ssh-retries=3', '--qemu-skip-mangle', '--filter'];
    const { code, stderr } = await kola(args, { cwd: folder });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^note: --ssh-retries has no effect: .*\n/);
  });

  test('is quick', async () => {
    const start = performance.now();
    await kola(['list', '--json'], { cwd: folder });
    // tests/bench/cli-startup.ts measures; here only a network call, a build or the like shall be noticed.
    expect(performance.now() - start).toBeLessThan(3000);
  });

  test('a reader that goes away is no error', () => {
    const script = `"${process.execPath}" bin/kola.js list --json | head -c 1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '{0\n', stderr: '' });
  });
});

describe('kola doctor', () => {
  const answer = z.strictObject({
    ready: z.boolean(),
    findings: z.array(
      z.strictObject({
        id: z.string(),
        state: z.enum(['present', 'missing', 'unusable']),
        detail: z.string(),
        mend: z.string().optional(),
        vital: z.boolean(),
      }),
    ),
  });

  test('answers by exit code and JSON alike', async () => {
    const { code, stdout } = await kola(['doctor', '--json']);
    const { ready, findings } = answer.parse(JSON.parse(stdout));
    expect(code).toBe(ready ? 0 : 3);
    expect(ready).toBe(findings.every(({ vital, state }) => !vital || state === 'present'));
    expect(findings.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['node', 'memory', 'qemu-img', 'swtpm', 'kvm']),
    );
  });

  test('says what is missing and how to mend it', async () => {
    // The administrator's folders are looked at as well, but QEMU lies in neither.
    const { code, stdout } = await kola(['doctor'], { env: { PATH: '/nowhere' } });
    expect(stdout).toMatch(/^missing +qemu-img +not found.*\n +→ kola setup/m);
    expect(stdout).toMatch(/NOT READY: .*qemu-img/);
    expect(code).toBe(3);
  });
});

test('kola setup asks nobody without a terminal, and says what it would install', async () => {
  const { code, stdout, stderr } = await kola(['setup'], { env: { PATH: '/usr/sbin:/sbin' } });
  // Where usr and bin are one folder everything is found all the same: then there is nothing to do.
  if (code === 0) expect(stdout).toMatch(/all \d+ system packages are there/);
  else expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringMatching(/kola setup/) });
});

describe('kola check-console', () => {
  test('exits 1 on a hit, with file and line', async () => {
    writeFileSync(join(folder, 'console.txt'), 'fine\nKernel panic - not syncing: no init\n');
    const { code, stdout } = await kola(['check-console', 'console.txt'], { cwd: folder });
    expect(stdout).toMatch(/^console\.txt:2: found kernel panic.*\[kernel-panic, fatal\]\n/);
    expect(code).toBe(1);
  });

  test('exits 0 on a clean log, several files, and standard input', async () => {
    writeFileSync(join(folder, 'clean.txt'), 'fine\n');
    const { code, stdout } = await kola(['check-console', 'clean.txt', '-'], {
      cwd: folder,
      input: 'also fine\n',
    });
    expect(stdout).toBe('clean.txt: no rule hit\nstandard input: no rule hit\n');
    expect(code).toBe(0);
  });

  test('-v shows what leads up to a hit', async () => {
    const input = 'before\nKernel panic - not syncing: no init\n';
    expect((await kola(['check-console', '-v'], { input })).stdout).toMatch(/\n {4}before\n/);
    expect((await kola(['check-console'], { input })).stdout).not.toContain('before');
  });
});

describe('kola completion', () => {
  test('bash takes the script and completes commands, flags and values', async () => {
    const { stdout } = await kola(['completion', 'bash']);
    const script = join(folder, 'completion.bash');
    writeFileSync(script, stdout);
    execFileSync('bash', ['-n', script]);
    const complete = (...words: string[]): string => {
      const list = words.map(word => `'${word}'`).join(' ');
      const run = `source ${script}; COMP_WORDS=(kola ${list}); COMP_CWORD=${words.length}; _kola; echo "\${COMPREPLY[*]}"`;
      return execFileSync('bash', ['-c', run], { encoding: 'utf8' }).trim();
    };
    expect(complete('sp')).toBe('spawn');
    expect(complete('run', '--fail')).toBe('--fail-fast');
    expect(complete('run', '--channel', 'be')).toBe('beta');
    expect(complete('image', 'b')).toBe('build');
    expect(complete('image', 'ver')).toBe('verify');
    expect(complete('gate', 'rep')).toBe('replay');
    expect(complete('new', '')).toBe('scenario');
  });

  test.each(['zsh', 'fish'])('%s gets a script with every command', async shell => {
    const { code, stdout } = await kola(['completion', shell]);
    expect(code).toBe(0);
    for (const name of commandNames) expect(stdout).toContain(name);
  });
});

describe('kola setup --yes', () => {
  /** A machine without programs, whose apt-get writes down what it is asked and then does as told. */
  const withApt = async (script: string) => {
    const bin = mkdtempSync(join(folder, 'bin-'));
    writeFileSync(join(bin, 'apt-get'), `#!/bin/sh\necho "$@" >> ${bin}/calls\n${script}\n`, { mode: 0o755 });
    writeFileSync(join(bin, 'sudo'), '#!/bin/sh\nshift\nexec "$@"\n', { mode: 0o755 });
    return {
      result: await kola(['setup', '--yes'], { env: { PATH: bin } }),
      calls: () => readFileSync(`${bin}/calls`, 'utf8'),
    };
  };

  test('says what and why, and updates before it installs', async () => {
    const { result, calls } = await withApt('exit 0');
    expect(result.stdout).toMatch(/^qemu-utils +disk overlays$/m);
    expect(calls()).toMatch(/ update\n.* install --yes --no-install-recommends .*qemu-utils/);
    // This apt-get brings nothing: that is noticed.
    expect(result.stderr).toMatch(/qemu-utils did not bring qemu-img/);
    expect(result.code).toBe(2);
  });

  test('a failing apt-get is an infrastructure error', async () => {
    const { result } = await withApt('exit 100');
    expect(result.stderr).toMatch(/^kola: apt-get update failed with status 100/m);
    expect(result.code).toBe(2);
  });

  test('where there is no apt-get it says so', async () => {
    const { code, stderr } = await kola(['setup', '--yes'], { env: { PATH: '/nowhere' } });
    expect(stderr).toMatch(/kola setup installs Debian packages, and this is .+\n.*kola doctor/);
    expect(code).toBe(3);
  });
});
