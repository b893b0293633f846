/** Runs one host tool to its end. Its own process group is killed when the signal fires, so nothing outlives an aborted build. */
import { spawn } from 'node:child_process';
import { toolFailed } from './tool-failed.ts';

export interface ToolOptions {
  readonly signal?: AbortSignal | undefined;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with every line the tool writes. */
  readonly onLine?: (line: string) => void;
}

const TAIL = 8000;

/** Resolves with standard output; rejects with a HarnessError that has the end of all output when the tool fails. */
export async function runTool(
  tool: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  options.signal?.throwIfAborted();
  // Tools such as sgdisk and mkfs live in sbin, which a normal user's PATH may lack.
  const path = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
  const child = spawn(tool, args, {
    cwd: options.cwd,
    detached: true,
    env: { ...process.env, LC_ALL: 'C', PATH: path, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = (): void => {
    if (child.pid !== undefined) killGroup(child.pid);
  };
  options.signal?.addEventListener('abort', kill, { once: true });
  let out = '';
  let all = '';
  const take = (text: string): void => {
    all = (all + text).slice(-TAIL);
    if (options.onLine !== undefined)
      for (const line of text.split('\n')) if (line !== '') options.onLine(line);
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    take(text);
  });
  child.stderr.setEncoding('utf8').on('data', take);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', error =>
        reject(toolFailed({ tool, how: `cannot be run (${error.message})`, output: '' })),
      );
      child.once('close', (code, signal) => {
        const how = code === null ? `was killed by ${signal}` : `failed with status ${code}`;
        if (code === 0) resolve();
        else reject(toolFailed({ tool, how, output: all }));
      });
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', kill);
  }
  return out;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
