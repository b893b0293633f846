import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { HarnessError, UsageError } from '../../core/errors.ts';
import { locate } from './presence.ts';

/** How packages get onto this machine: `apt-get`, as root or through sudo. */
export interface Installer {
  /** `sudo apt-get …`, for people to read. */
  readonly shown: string;
  install(packages: readonly string[], signal: AbortSignal): Promise<void>;
}

/** Finds the installer, or says why there is none. */
export const findInstaller = (interactive: boolean): Installer => {
  const apt = locate('apt-get');
  if (apt === undefined)
    throw new UsageError('not-debian', `kola setup installs Debian packages, and this is ${systemName()}`, {
      hint: 'install the programs that kola doctor names in the way of your system',
    });
  if (process.getuid?.() === 0) return installer([apt]);
  const sudo = locate('sudo');
  if (sudo === undefined)
    throw new UsageError('no-root', 'installing packages needs root, and there is no sudo', {
      hint: 'run kola setup as root',
    });
  // Without a terminal sudo must not wait for a password that nobody can type.
  return installer(interactive ? [sudo, apt] : [sudo, '-n', apt]);
};

const installer = (apt: readonly string[]): Installer => ({
  shown: apt.map(word => word.replace(/.*\//, '')).join(' '),
  install: async (packages, signal) => {
    const options = ['-q', '-o', 'DPkg::Lock::Timeout=300'];
    await execute([...apt, ...options, 'update'], signal);
    await execute([...apt, ...options, 'install', '--yes', '--no-install-recommends', ...packages], signal);
  },
});

const execute = async ([program = '', ...args]: readonly string[], signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(program, args, {
    // Its own words go to standard error: standard output belongs to kola.
    stdio: ['inherit', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
  });
  // apt-get puts its database in order when it is asked politely; it is never killed.
  const stop = (): void => {
    child.kill('SIGTERM');
  };
  signal.addEventListener('abort', stop, { once: true });
  child.once('error', reject);
  child.once('exit', code => (code === 0 ? resolve() : reject(failed(args, code))));
  try {
    await promise;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

const failed = (args: readonly string[], code: number | null): HarnessError => {
  const action = args.includes('update') ? 'update' : 'install';
  return new HarnessError('apt-failed', `apt-get ${action} failed with status ${code ?? 'none'}, see above`, {
    hint: 'check the network and /etc/apt/sources.list; packages that need a password need a terminal or root',
  });
};

/** `PRETTY_NAME` of os-release, or the kernel's name. */
export const systemName = (): string => {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
};
