import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A PostgreSQL server of its own in a temporary folder, on a unix socket only. */
export interface PostgresServer {
  /** URL of a fresh, empty database. */
  createDatabase(): string;
  /** Stops it as a crash would, without telling clients; {@link restart} brings it back. */
  crash(): void;
  restart(): void;
  stop(): void;
}

const binDir = (): string => {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions
    .map(version => join(root, version, 'bin'))
    .find(dir => existsSync(join(dir, 'initdb')));
  if (found === undefined) throw new Error('the store tests need PostgreSQL: apt-get install postgresql');
  return found;
};

/** PostgreSQL refuses to run as root; Debian's package brings the user. */
const asServerUser = (program: string, args: readonly string[]): [string, string[]] =>
  process.getuid?.() === 0 ? ['runuser', ['-u', 'postgres', '--', program, ...args]] : [program, [...args]];

/** Starts a server; takes about a second. The caller stops it on every path. */
export const startPostgres = (): PostgresServer => {
  const bin = binDir();
  const run = (program: string, ...args: string[]): void => {
    const [command, rest] = asServerUser(join(bin, program), args);
    // pg_ctl's children keep inherited pipes open, so output goes nowhere.
    const done = spawnSync(command, rest, { stdio: 'ignore', cwd: '/' });
    if (done.status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${done.status}`);
  };
  const dir = mkdtempSync(join(tmpdir(), 'kola-pg-'));
  if (process.getuid?.() === 0) execFileSync('chown', ['postgres', dir]);
  const data = join(dir, 'data');
  const options = `-c listen_addresses='' -c unix_socket_directories='${dir}' -c fsync=off`;
  const start = (): void => run('pg_ctl', '-D', data, '-w', '-l', join(dir, 'log'), '-o', options, 'start');
  const halt = (mode: 'fast' | 'immediate'): void => run('pg_ctl', '-D', data, '-w', '-m', mode, 'stop');
  // A killed test process must not leave a server behind.
  const watcher = watchParent(bin, data, dir);
  let databases = 0;
  let up = false;
  try {
    run('initdb', '-D', data, '-U', 'kola', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C');
    start();
    up = true;
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
  return {
    createDatabase: () => {
      const name = `kola${databases++}`;
      run('createdb', '-h', dir, '-U', 'kola', name);
      return `postgres://kola@localhost/${name}?host=${encodeURIComponent(dir)}`;
    },
    crash: () => {
      halt('immediate');
      up = false;
    },
    restart: () => {
      start();
      up = true;
    },
    stop: () => {
      if (up) halt('fast');
      watcher.kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

const watchParent = (bin: string, data: string, dir: string) => {
  const [stop, args] = asServerUser(join(bin, 'pg_ctl'), ['-D', data, '-m', 'immediate', 'stop']);
  const command = [stop, ...args].map(word => `'${word}'`).join(' ');
  // Standard input is a pipe from this process: it ends when the process does, however it does.
  const script = `cat >/dev/null; [ -e '${data}/postmaster.pid' ] && ${command}; rm -rf '${dir}'`;
  const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.unref();
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  return child;
};
