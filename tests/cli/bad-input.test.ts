import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kola } from './kola.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-bad-input-'));
  writeFileSync(join(folder, 'empty.img'), '');
  writeFileSync(join(folder, 'zeros.img'), Buffer.alloc(1 << 20));
  writeFileSync(join(folder, 'text.img'), 'this is no disk\n'.repeat(1000));
  mkdirSync(join(folder, 'foreign'));
  writeFileSync(join(folder, 'foreign/thesis.txt'), 'precious');
  writeFileSync(join(folder, 'bad.yaml'), 'tag: smoke\nparalel: 2\n');
  writeFileSync(join(folder, 'zero.yaml'), 'parallel: 0\n');
  writeFileSync(join(folder, 'key'), '-----BEGIN OPENSSH PRIVATE KEY-----\n');
  writeFileSync(join(folder, 'file'), '');
  const issue =
    '  - { id: old, effect: deny, scenarios: [cl.x], tracker: https://example.org/1, reason: x, expires: 2020-01-01';
  writeFileSync(join(folder, 'expired.yaml'), `schema: 1\nissues:\n${issue} }\n`);
  writeFileSync(join(folder, 'issue.yaml'), `schema: 1\nissues:\n${issue},\n      expiry: 2099-01-01 }\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

const image = ['--image=zeros.img'];

/** Arguments, exit code, and what the two lines on standard error have to say. */
const cases: readonly (readonly [args: readonly string[], code: number, says: RegExp])[] = [
  [['bogus'], 3, /unknown command bogus/],
  [['lst'], 3, /did you mean list\?/],
  [['run', '--paralel=2'], 3, /did you mean --parallel\?/],
  [['run', '-j', '0'], 3, /--parallel 0: expected auto or a whole number/],
  [['run', '-j', 'many'], 3, /--parallel many: expected auto/],
  [['run', '--shard', '3/2'], 3, /--shard 3\/2: expected m\/n/],
  [['run', '--multiply=0'], 3, /--multiply 0: expected/],
  [['run', '--retries=-1', ...image], 3, /--retries -1: expected/],
  [['run', '--platform=qemuu'], 3, /unknown platform qemuu\n.*did you mean qemu\?/],
  [['run', '--platform=moon'], 3, /known platforms: .*qemu/],
  [['run', '--board=riscv', ...image], 3, /expected amd64-usr or arm64-usr/],
  [['run', '--channel=nightly', ...image], 3, /expected one of alpha/],
  [['run', '--offering=pro'], 3, /--offering pro: expected one of basic/],
  [['run', '--distro=fcos'], 3, /--distro fcos: expected one of cl/],
  [['run', '--log-level=loud'], 3, /--log-level loud: expected one of/],
  [['run', '--oscontainer=x'], 3, /--oscontainer is not supported/],
  [['run', '--hetzner-token=abc'], 3, /--hetzner-token is not supported\n.*set HCLOUD_TOKEN/],
  [['run', '--akamai-region=x'], 3, /needs the platform akamai/],
  [['run', '--qemu-memory=lots', ...image], 3, /--qemu-memory lots: /],
  [['run', '--config=missing.yaml'], 3, /--config missing\.yaml: there is no such file/],
  [['run', '--config=bad.yaml'], 3, /bad\.yaml:2: unknown key paralel\n.*did you mean parallel\?/],
  [['run', '--config=zero.yaml', ...image], 3, /zero\.yaml:1: parallel: 0: expected/],
  [
    ['run', '--known-issues=expired.yaml', ...image],
    3,
    /expired\.yaml: known issue old expired on 2020-01-01/,
  ],
  [['run', '--known-issues=issue.yaml', ...image], 3, /issue\.yaml:4:\d+: issues\.0\.expiry: unknown key/],
  [['run', '--known-issues=none.yaml', ...image], 3, /none\.yaml cannot be read/],
  [['prove', '--budget=soon', ...image], 3, /--budget soon: expected a whole number/],
  [['prove', '--time-limit=0', ...image], 3, /--time-limit 0: expected a whole number of at least 1/],
  [['prove', 'cl.bsaic', ...image], 4, /nearest: cl\.basic/],
  [['run', '--store=redis://x', ...image], 3, /stores of kind redis are not known/],
  [['run', '--key=key', ...image], 3, /expected a public key, found a private one/],
  [['run', '--key=nokey', ...image], 3, /nokey: cannot be read/],
  [['run'], 3, /no image was given.*\n.*--image=reference/],
  [['run', '--image=missing.img'], 3, /there is no image .*missing\.img/],
  [['run', '--image=empty.img'], 3, /empty\.img is empty/],
  [['run', '--image=zeros.img'], 3, /zeros\.img has neither/],
  [['run', '--image=text.img'], 3, /text\.img/],
  [['run', '--image=foreign'], 3, /foreign is a folder without image\.json/],
  [['run', '--output-dir=foreign', ...image], 3, /foreign is not empty and not a run folder of kola/],
  [['run', '--output-dir=file/below', ...image], 3, /file\/below/],
  [['run', 'cl.bsaic', ...image], 4, /no scenario matches cl\.bsaic\n.*nearest: cl\.basic/],
  [['list', 'nothing.like.this*'], 4, /no scenario matches/],
  [['list', '--image=missing.img'], 3, /there is no .*missing\.img/],
  [['spawn', '-c', '0', ...image], 3, /--nodecount 0: expected/],
  [['spawn', '--userdata=missing.ign', ...image], 3, /--userdata missing\.ign: the file cannot be read/],
  [['spawn', '--platform=qemu', 'cl.basic'], 3, /too many arguments/],
  [['check-console', 'missing.txt'], 3, /cannot read missing\.txt \(ENOENT\)/],
  [['check-console', 'foreign'], 3, /cannot read foreign \(EISDIR\)/],
  [['report', 'foreign'], 3, /is no run folder/],
  [['report'], 3, /expected one run folder/],
  [['report', 'foreign', '--format=pdf'], 3, /unknown report format pdf\n.*tap/],
  [['image'], 3, /expected build, get, list, .* found nothing/],
  [['image', 'rm', 'no-such-image'], 3, /there is no image no-such-image/],
  [['image', 'build', 'windows'], 3, /expected reference, found windows/],
  [['completion', 'tcsh'], 3, /expected bash, zsh, fish, found tcsh/],
  [['help', 'lisst'], 3, /did you mean list\?/],
];

test.each(cases)('kola %j exits %i', async (args, code, says) => {
  const result = await kola(args, { cwd: folder, env: { XDG_CACHE_HOME: join(folder, 'cache') } });
  expect(result.stderr).toMatch(says);
  expect(result.code).toBe(code);
  expect(result.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
  expect(result.stderr).not.toMatch(/^\s+at |node:internal|\.js:\d+/m);
  expect(result.stdout).toBe('');
});

test('KOLA_DEBUG=1 shows where an error came from', async () => {
  const { stderr } = await kola(['bogus'], { env: { KOLA_DEBUG: '1' } });
  expect(stderr).toMatch(/^\s+at /m);
});

test('a value in the environment is named as such', async () => {
  const { stderr, code } = await kola(['run', ...image], { cwd: folder, env: { KOLA_PARALLEL: '0' } });
  expect(stderr).toContain('KOLA_PARALLEL=0: expected auto');
  expect(code).toBe(3);
});

test('a foreign folder is left as it was', async () => {
  await kola(['run', '--output-dir=foreign', ...image], { cwd: folder });
  const { readdirSync } = await import('node:fs');
  expect(readdirSync(join(folder, 'foreign'))).toEqual(['thesis.txt']);
});
