import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HarnessError } from '../../src/core/errors.ts';

/** bzip2, the one form that `flatcar-install -f` is sure to take. */
export const compress = async (from: Readable, to: Writable, signal: AbortSignal): Promise<void> => {
  const child = spawn('bzip2', ['-1', '-c'], { stdio: ['pipe', 'pipe', 'inherit'], signal });
  const exited = once(child, 'close');
  try {
    const [, , [code]] = await Promise.all([
      pipeline(from, child.stdin, { signal }),
      pipeline(child.stdout, to, { signal }),
      exited,
    ]);
    if (code !== 0) throw new Error(`bzip2 ended with ${String(code)}`);
  } catch (error) {
    signal.throwIfAborted();
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new HarnessError(
      'image-compression',
      missing
        ? 'bzip2 is needed to compress the image, and is not installed'
        : `compressing the image failed: ${String(error)}`,
      { cause: error },
    );
  }
};
