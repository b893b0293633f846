import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { launcher, packageFolder } from '../cli/kola.ts';

/** Machines are booted by the compiled program, from the reference guest in the cache: both are made when missing. */
export default (): void => {
  const options: ExecFileSyncOptions = { cwd: packageFolder, stdio: ['ignore', 'inherit', 'inherit'] };
  execFileSync('npm', ['run', '--silent', 'build'], options);
  execFileSync(process.execPath, [launcher, 'image', 'build', 'reference'], options);
};
