import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { USR_HASH_OFFSET } from '../../src/image/reference/layout.ts';
import { recipeDir } from '../../src/image/reference/recipe.ts';
import { OmahaServer } from '../../src/services/omaha/server.ts';
import { guestContext, started } from './services-context.ts';

const here = join(recipeDir(), 'overlay/usr/libexec/kola/update');
const library = join(here, 'omaha');
const payload = Buffer.alloc(50_000, 'slot');
let folder = '';
let file = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kola-stand-in-'));
  file = join(folder, 'update&co.tar');
  await writeFile(file, payload);
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the guest's own functions; what they set comes back as `name=value` lines. */
const standIn = async (server: string, body: string): Promise<string> => {
  const script = `set -u -o pipefail
say() { echo "said: $*"; }
SERVER=$1 GROUP='a<b>&"c"'
. ${library}
${body}`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script, 'stand-in', server]);
  return stdout;
};

const check = `omaha_check ondemandupdate; echo "ended=$?"
for name in offer_status offer_version offer_url offer_size offer_sha256; do echo "$name=\${!name-}"; done`;

describe('the reference guest\u2019s update_engine', () => {
  it('understands the offer of the update server, and pings it', async () => {
    await using server = await started(new OmahaServer(guestContext));
    await server.offer({ version: '99999.0.0', packages: [file], always: true });
    const said = await standIn(`${server.localUrl}/v1/update/`, check);
    expect(said.trim().split('\n')).toEqual([
      'ended=0',
      'offer_status=ok',
      'offer_version=99999.0.0',
      `offer_url=${server.localUrl}/packages/1/update&co.tar`,
      `offer_size=${payload.length}`,
      `offer_sha256=${createHash('sha256').update(payload).digest('hex')}`,
    ]);
    const ping = server.log.entries.find(({ kind }) => kind === 'ping');
    expect(ping).toMatchObject({ client: { track: 'a<b>&"c"', board: expect.stringMatching(/64-usr$/) } });
  });

  it('takes no update for an answer, and reports events', async () => {
    await using server = await started(new OmahaServer(guestContext));
    const url = `${server.localUrl}/v1/update/`;
    expect(await standIn(url, check)).toMatch(/^ended=0\noffer_status=noupdate\noffer_version=\n/);
    await standIn(url, 'omaha_event 3 0 10');
    const event = server.log.entries.find(({ kind }) => kind === 'event');
    expect(event).toMatchObject({ type: 3, result: 0, errorCode: 10 });
  });

  it('says that a server cannot be reached, and survives one that talks nonsense', async () => {
    expect(await standIn('http://127.0.0.1:9/', check)).toMatch(
      /said: The server http:\/\/127\.0\.0\.1:9\/ cannot be reached\nended=1\n/,
    );
    await using server = await started(new OmahaServer(guestContext));
    expect(await standIn(`${server.localUrl}/elsewhere`, check)).toMatch(/cannot be reached\nended=1\n/);
  });
});

const run = promisify(execFile);

describe('its installation', () => {
  const treeAt = USR_HASH_OFFSET;
  let root = '';
  let update = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'kola-install-'));
    for (const dir of ['run', 'state', 'boot', 'bin', 'payload']) await mkdir(join(root, dir));
    await writeFile(join(root, 'bin/cgpt'), '#!/bin/sh\necho "$*" >> "$CGPT_LOG"\n', { mode: 0o755 });
    await writeFile(join(root, 'bin/blkdiscard'), '#!/bin/sh\n', { mode: 0o755 });
    await writeFile(join(root, 'slot-b'), '');
    const members = { vmlinuz: 'K', initrd: 'I', 'usr.cfg': 'C', 'usr.squashfs': 'U', 'usr.tree': 'T' };
    for (const [name, letter] of Object.entries(members))
      await writeFile(join(root, 'payload', name), letter.repeat(4096));
    update = join(root, 'update.tar');
    await run('tar', ['--format=ustar', '-C', join(root, 'payload'), '-cf', update, ...Object.keys(members)]);
  });
  afterEach(() => rm(root, { recursive: true }));

  /** Installs what the server offers, on a machine that runs from slot a. */
  const install = async (prepare = ''): Promise<{ said: string; server: OmahaServer }> => {
    const server = await started(new OmahaServer(guestContext));
    await server.offer({ version: '99999.0.0', packages: [update], always: true });
    const script = `set -u -o pipefail
run=$2/run state=$2/state disk=/dev/none here=${here} new_version=99999.0.0 version=1 operation=
export PATH=$2/bin:$PATH CGPT_LOG=$2/cgpt
SERVER=$1 GROUP=developer
say() { echo "said: $*"; }
set_status() { operation=$1; echo "status: $1"; }
part_of() { [ "$1" = a ] && echo 3 || echo 4; }
booted_slot() { echo a; }
fail() { say "$*"; omaha_event 3 0 "$1"; set_status UPDATE_STATUS_IDLE; }
. $here/omaha
. $here/install
kernels=$2/boot
root=$2
slot_device() { echo "$root/slot-$1"; }
omaha_check ondemandupdate
${prepare}
install_offer`;
    const { stdout } = await run('bash', ['-c', script, 'stand-in', `${server.localUrl}/v1/update/`, root]);
    return { said: stdout, server };
  };
  const events = (server: OmahaServer): string[] =>
    server.log.entries.flatMap(entry =>
      entry.kind === 'event' ? [`${entry.type}/${entry.result}/${entry.errorCode}`] : [],
    );

  it('fills the slot, prefers it for one try, and reports every step', async () => {
    const { said, server } = await install();
    await using _ = server;
    expect(said).toMatch(/status: UPDATE_STATUS_UPDATED_NEED_REBOOT\n$/);
    expect(events(server)).toEqual(['13/1/0', '14/1/0', '3/1/0']);
    expect((await readFile(join(root, 'cgpt'), 'utf8')).split('\n')).toEqual([
      'add -i 4 -P0 -S0 -T0 /dev/none',
      'add -i 4 -S0 -T1 /dev/none',
      'prioritize -i 4 /dev/none',
      '',
    ]);
    expect(await readFile(join(root, 'boot/vmlinuz-b'), 'utf8')).toBe('K'.repeat(4096));
    expect(await readFile(join(root, 'boot/usr-b.cfg'), 'utf8')).toBe('C'.repeat(4096));
    const slot = await open(join(root, 'slot-b'));
    const bytes = Buffer.alloc(8);
    await slot.read(bytes, 0, 4, 4092);
    await slot.read(bytes, 4, 4, treeAt);
    await slot.close();
    expect(bytes.toString()).toBe('UUUUTTTT');
    expect(await readFile(join(root, 'state/waits-for-reboot'), 'utf8')).toMatch(/^b \S+\n$/);
  });

  it.each([
    ['another checksum', 'offer_sha256=$offer_size', /checksum/, '3/0/10'],
    ['another size', 'offer_size=1', /bytes, not 1/, '3/0/11'],
    ['a download that fails', 'offer_url=$offer_url.away', /broke off/, '3/0/9'],
    [
      'no room for the kernel',
      'ln -s /dev/full "$kernels/vmlinuz-b.new"',
      /Failed to copy kernel from vmlinuz to \S+\/vmlinuz-b/,
      '3/0/5',
    ],
  ])('leaves the slot out of use after %s', async (_name, prepare, says, event) => {
    const { said, server } = await install(prepare);
    await using _ = server;
    expect(said).toMatch(says);
    expect(said).toMatch(/status: UPDATE_STATUS_IDLE\n$/);
    expect(events(server).at(-1)).toBe(event);
    expect(await readFile(join(root, 'cgpt'), 'utf8')).toBe('add -i 4 -P0 -S0 -T0 /dev/none\n');
    expect(await readdir(join(root, 'boot'))).toEqual([]);
  });
});
