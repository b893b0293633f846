import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { identifyProcess, isAlive } from '../../../src/core/process-identity.ts';

const module = fileURLToPath(new URL('../../../src/cli/stop.ts', import.meta.url));
/** Listens, starts a child of its own and says its pid, and lives on after the orderly stop. */
const script = `
  import { spawn } from 'node:child_process';
  import { listenForStop } from ${JSON.stringify(module)};
  const { signal } = listenForStop({ err: line => process.stderr.write(line + '\\n') });
  signal.addEventListener('abort', () => process.stderr.write('aborted: ' + signal.reason.message + '\\n'));
  const child = spawn('sleep', ['60']);
  process.stdout.write(child.pid + '\\n');
  setInterval(() => {}, 1000);
`;

const start = async (): Promise<{ child: ChildProcess; pid: number; stderr: Promise<string> }> => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stderr = text(child.stderr!);
  const [first] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, pid: Number(first.toString()), stderr };
};

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

test('copies of one keystroke are one stop; a later signal ends the process and its children at once', async () => {
  const { child, pid, stderr } = await start();
  const exit = once(child, 'exit');
  const sleeper = identifyProcess(pid)!;
  child.kill('SIGINT');
  await pause(50);
  child.kill('SIGINT');
  child.kill('SIGTERM');
  // Longer than one keystroke lasts: it must still be there, and then the next signal is another one.
  await pause(1100);
  expect(child.exitCode).toBeNull();
  expect(isAlive(sleeper)).toBe(true);
  child.kill('SIGTERM');
  expect(await exit).toEqual([5, null]);
  expect((await stderr).match(/aborted: the run was interrupted by SIGINT/g)).toHaveLength(1);
  expect(isAlive(sleeper)).toBe(false);
});
