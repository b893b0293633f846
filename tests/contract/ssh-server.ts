import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { poll } from '../../src/core/poll.ts';
import { makeKeyPair, type SshKeyPair } from '../../src/machine/ssh/keys.ts';

const sshd = '/usr/sbin/sshd';

/**
 * A real OpenSSH server on 127.0.0.1 for one test file. sshd sends no signals to sessions of root, so that a test run
 * by root logs in as a user who exists only in the server's own mount namespace.
 */
export interface SshServer {
  readonly port: number;
  readonly user: string;
  /** `uid:gid` of that user. */
  readonly owner: string;
  readonly hostKey: SshKeyPair;
  readonly clientKey: SshKeyPair;
  /** Scratch folder that the user may write to. */
  readonly folder: string;
  /** Programs here come before the system's. */
  readonly binFolder: string;
  /** What sshd said. */
  log(): string;
  /** Kills the server processes of all open connections, as a power cut would, but not the listener. */
  killConnections(): void;
  stop(): Promise<void>;
}

export const freePort = async (): Promise<number> => {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
};

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

/** The product runs everything that needs rights through sudo, which a build machine may not have. */
const sudoShim = '#!/bin/sh\nexec "$@"\n';

const config = (port: number, folder: string): string => `Port ${port}
ListenAddress 127.0.0.1
HostKey ${folder}/host_key
AuthorizedKeysFile ${folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication yes
KbdInteractiveAuthentication no
MaxStartups 100
SetEnv PATH=${folder}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
Subsystem sftp internal-sftp
`;

/** The user to log in as, and the words that start a program who knows him. */
const loginUser = (folder: string): { user: string; owner: string; launcher: readonly string[] } => {
  const { uid, gid, username } = userInfo();
  if (uid !== 0) return { user: username, owner: `${uid}:${gid}`, launcher: [] };
  const id = 61_999;
  const user = 'kola-ssh-test';
  const passwd = join(folder, 'passwd');
  writeFileSync(
    passwd,
    `${readFileSync('/etc/passwd', 'utf8')}${user}:*:${id}:${id}::${join(folder, 'home')}:/bin/sh\n`,
  );
  mkdirSync(join(folder, 'home'));
  chownSync(join(folder, 'home'), id, id);
  const script = 'mount --bind "$0" /etc/passwd && exec "$@"';
  return { user, owner: `${id}:${id}`, launcher: ['unshare', '--mount', 'sh', '-c', script, passwd] };
};

export const startSshServer = async (): Promise<SshServer> => {
  if (!existsSync(sshd))
    throw new Error(`${sshd} is missing: install it with "apt-get install openssh-server"`);
  const folder = mkdtempSync(join(tmpdir(), 'kola-sshd-'));
  const port = await freePort();
  const hostKey = makeKeyPair('host');
  const clientKey = makeKeyPair('kola test');
  // Debian's sshd wants its privilege separation folder when it runs as root.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/sudo'), sudoShim, { mode: 0o755 });
  writeFileSync(join(folder, 'host_key'), hostKey.privateKey, { mode: 0o600 });
  writeFileSync(join(folder, 'authorized_keys'), `${clientKey.publicKey}\n`);
  writeFileSync(join(folder, 'sshd_config'), config(port, folder));
  chmodSync(folder, 0o755);
  const { user, owner, launcher } = loginUser(folder);
  const [program = sshd, ...words] = [...launcher, sshd, '-D', '-e', '-f', join(folder, 'sshd_config')];
  const child: ChildProcess = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()));
  const pid = child.pid ?? 0;
  const stop = async (): Promise<void> => {
    for (const connection of child.exitCode === null ? childrenOf(pid) : []) {
      try {
        process.kill(connection);
      } catch {
        // its client hung up a moment ago
      }
    }
    child.kill();
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await poll({ every: 20, until: 5000, what: 'sshd', clock: systemClock }, async () => {
      if (child.exitCode !== null) throw new Error(`sshd ended with ${child.exitCode}: ${log}`);
      return log.includes('Server listening') ? { done: true } : { pending: log };
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    user,
    owner,
    hostKey,
    clientKey,
    folder: userInfo().uid === 0 ? join(folder, 'home') : folder,
    binFolder: join(folder, 'bin'),
    log: () => log,
    killConnections: () => {
      for (const connection of childrenOf(pid)) {
        for (const victim of [...childrenOf(connection), connection]) {
          try {
            process.kill(victim, 'SIGKILL');
          } catch {
            // it followed the one before
          }
        }
      }
    },
    stop,
  };
};
