import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SshConnection } from '../../src/machine/ssh/connection.ts';
import { startSshServer } from '../contract/ssh-server.ts';
import { median } from './median.ts';

/**
 * Commands a second over one connection to an OpenSSH server on this host: kola's against `ssh` with ControlMaster,
 * one at a time and four at once, in turns. `npm run bench:ssh -- [--commands 400] [--rounds 5]`. Needs sshd.
 */
const { values } = parseArgs({
  options: {
    commands: { type: 'string', default: '400' },
    rounds: { type: 'string', default: '5' },
  },
});
const [commands, rounds] = [Number(values.commands), Number(values.rounds)];

const server = await startSshServer();
const keyFile = join(server.folder, 'bench-key');
writeFileSync(keyFile, server.clientKey.privateKey, { mode: 0o600 });
const options = ['-F', 'none', '-i', keyFile, '-p', String(server.port), '-o', 'StrictHostKeyChecking=no'];
const control = [
  '-o',
  'UserKnownHostsFile=/dev/null',
  '-o',
  'LogLevel=ERROR',
  '-S',
  join(server.folder, 'master'),
];
const ssh = ['ssh', ...options, ...control, `${server.user}@127.0.0.1`];

const connection = await SshConnection.open({
  host: '127.0.0.1',
  port: server.port,
  user: server.user,
  auth: { privateKey: server.clientKey.privateKey },
  hostKey: server.hostKey.publicKey,
  bannerTimeout: 20_000,
  loginTimeout: 20_000,
  keepalive: { every: 5000, misses: 6 },
});

const ours = async (atOnce: number): Promise<void> => {
  let left = commands;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const { code } = await connection.exec('true');
      if (code !== 0) throw new Error(`true exited ${code}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
};

/** xargs starts one ssh for each command, as a shell script would. */
const theirs = (atOnce: number): void => {
  execFileSync('xargs', ['-P', String(atOnce), '-I', '{}', ...ssh, 'true'], {
    input: Array.from({ length: commands }, (_, n) => `${n}\n`).join(''),
  });
};

const cases = {
  'kola, one at a time': () => ours(1),
  'ssh, one at a time': () => theirs(1),
  'kola, four at once': () => ours(4),
  'ssh, four at once': () => theirs(4),
} as const;

const perSecond = new Map<string, number[]>(Object.keys(cases).map(name => [name, []]));
try {
  execFileSync(ssh[0] ?? '', [...ssh.slice(1, -1), '-M', '-f', '-N', ssh.at(-1) ?? '']);
  for (let round = 0; round <= rounds; round++)
    for (const [name, run] of Object.entries(cases)) {
      const from = performance.now();
      await run();
      // The first round warms up.
      if (round > 0) perSecond.get(name)?.push(commands / ((performance.now() - from) / 1000));
    }
} finally {
  execFileSync(ssh[0] ?? '', [...ssh.slice(1), '-O', 'exit'], { stdio: 'ignore' });
  connection.close();
  await server.stop();
}

const speed = (name: keyof typeof cases): number => median(perSecond.get(name) ?? []);
for (const name of Object.keys(cases) as (keyof typeof cases)[])
  process.stdout.write(`${name.padEnd(22)} ${speed(name).toFixed(0).padStart(6)} commands/s\n`);
const single = speed('kola, one at a time') / speed('ssh, one at a time');
const four = speed('kola, four at once') / speed('ssh, four at once');
process.stdout.write(
  `kola against ssh: ${single.toFixed(1)} × one at a time, ${four.toFixed(1)} × four at once\n`,
);
process.exitCode = four >= 5 && speed('kola, four at once') >= 1000 ? 0 : 1;
