import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { qemuArguments } from '../../platforms/qemu/command-line.ts';
import { imageCacheDir } from '../../src/image/cache.ts';
import { openLocalImage } from '../../src/image/open.ts';
import { makeKeyPair } from '../../src/machine/ssh/keys.ts';
import { renderUserData } from '../../src/machine/user-data/render.ts';
import { kola } from '../cli/kola.ts';
import { freePort } from '../contract/ssh-server.ts';
import { median } from './median.ts';

/**
 * What kola adds to booting machines and asking them one thing, against a shell loop over QEMU and ssh that does the
 * same with the same arguments, as many at once, in turns: `npm run bench:overhead -- --image FILE [--machines 2]
 * [--parallel 2] [--rounds 3]`. The contract: 5 %. Needs a build, qemu-system-x86 and openssh-client.
 */
const { values } = parseArgs({
  options: {
    image: { type: 'string' },
    machines: { type: 'string', default: '2' },
    parallel: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
  },
});
if (values.image === undefined) throw new Error('--image: expected the path of a disk image');
const [machines, parallel, rounds] = [values.machines, values.parallel, values.rounds].map(Number);
if (machines === undefined || parallel === undefined || rounds === undefined) throw new Error('no numbers');

const log = (): void => {};
const image = await openLocalImage({ path: values.image, arch: 'amd64', cacheDir: imageCacheDir(), log });
const folder = mkdtempSync(join(tmpdir(), 'kola-bench-'));
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** One machine from its disk to its end, as a shell script with its folder and port as arguments. */
const machineScript = (): string => {
  const [login, host] = [makeKeyPair('bench'), makeKeyPair('bench-host')];
  const config = renderUserData(
    { kind: 'default' },
    { user: 'core', authorizedKeys: [login.publicKey], hostKey: host, disableUpdates: true },
    image.manifest,
  );
  writeFileSync(join(folder, 'config.ign'), config.text);
  writeFileSync(join(folder, 'key'), login.privateKey, { mode: 0o600 });
  const args = qemuArguments({
    arch: 'amd64',
    marker: 'kola-bench',
    accelerator: 'tcg',
    memoryMiB: 1536,
    vcpus: 1,
    firmware: { kind: 'bios' },
    disks: [{ file: 'primary.qcow2', format: 'qcow2', serial: 'primary-disk' }],
    consoleFile: 'console.txt',
    ignitionFile: join(folder, 'config.ign'),
    sshPort: 65_535,
    userMac: '52:54:00:76:00:00',
    qmpFd: 0,
    lineFd: 0,
  })
    // Nobody talks to QEMU here.
    .map(word => word.replace(/^socket,id=(\w+),fd=0$/, 'null,id=$1'))
    .map(word => quote(word).replace('65535', `'"$2"'`));
  const ssh = `ssh -F none -i ${folder}/key -p "$2" -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR core@127.0.0.1`;
  return `mkdir "$1" && cd "$1" || exit 1
qemu-img create -q -f qcow2 -b ${quote(image.disk)} -F ${image.format} primary.qcow2
qemu-system-x86_64 ${args.join(' ')} &
qemu=$!
until ${ssh} true 2>/dev/null; do sleep 0.5; done
${ssh} 'systemctl is-system-running --wait' >/dev/null
${ssh} true
result=$?
kill -KILL $qemu
exit $result
`;
};

const bare = async (round: number): Promise<void> => {
  const own = join(folder, `bare-${round}`);
  mkdirSync(own);
  const lines = await Promise.all(
    Array.from({ length: machines }, async (_, index) => `${own}/${index} ${await freePort()}\n`),
  );
  execFileSync('xargs', ['-P', String(parallel), '-L', '1', 'bash', script], {
    input: lines.join(''),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
};

const ours = async (round: number): Promise<void> => {
  const scenarios = fileURLToPath(new URL('scenarios', import.meta.url));
  const where = [
    `--image=${values.image}`,
    `--output-dir=${folder}/kola-${round}`,
    `--scenario-dir=${scenarios}`,
  ];
  const how = ['--cold', '--no-share', '--retries=0', `--parallel=${parallel}`, `--multiply=${machines}`];
  const { code, stderr } = await kola(['run', '--platform=qemu', ...where, ...how, 'bench.nothing'], {
    env: { XDG_STATE_HOME: join(folder, 'state') },
  });
  if (code !== 0) throw new Error(`kola exited ${code}: ${stderr}`);
};

const script = join(folder, 'machine.sh');
const took = { bare: [] as number[], kola: [] as number[] };
const timed = async (body: () => Promise<void>): Promise<number> => {
  const from = performance.now();
  await body();
  return (performance.now() - from) / 1000;
};
try {
  writeFileSync(script, machineScript());
  for (let round = 0; round < rounds; round++) {
    took.bare.push(await timed(() => bare(round)));
    took.kola.push(await timed(() => ours(round)));
    process.stdout.write(`bare ${took.bare.at(-1)?.toFixed(1)} s, kola ${took.kola.at(-1)?.toFixed(1)} s\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
// Pair by pair: what the host does meanwhile changes slowly.
const share = median(took.kola.map((kolaTook, round) => kolaTook / (took.bare[round] ?? Number.NaN) - 1));
process.stdout.write(
  `${machines} machines, ${parallel} at once: bare ${median(took.bare).toFixed(1)} s, kola ${median(took.kola).toFixed(1)} s; kola adds ${(100 * share).toFixed(1)} %\n`,
);
process.exitCode = share <= 0.05 ? 0 : 1;
