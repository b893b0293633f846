import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** These tests run the compiled program: it is built once, from the sources as they are. */
export default (): void => {
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  execFileSync('npm', ['run', '--silent', 'build'], { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
};
