import { execFile } from 'node:child_process';
import { UsageError } from '../../../core/errors.ts';
import { isButane } from '../detect.ts';

/**
 * A Butane document as the `butane` program translates it, where it is installed: it knows every variant and version.
 * Undefined when the bytes are no Butane or there is no such program; a document that it refuses is an error.
 */
export const runButane = async (input: Uint8Array, filesDir: string): Promise<string | undefined> => {
  const text = Buffer.from(input).toString('utf8');
  if (!isButane(text)) return undefined;
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const child = execFile(
    'butane',
    ['--strict', '--files-dir', filesDir],
    { maxBuffer: 64 << 20, timeout: 60_000 },
    (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (error.code === 'ENOENT') resolve(undefined);
      else {
        const [first = 'no reason given'] = stderr.trim().split('\n');
        reject(new UsageError('butane-invalid', `butane refuses the user-data: ${first}`, { cause: error }));
      }
    },
  );
  // A program that does not read to the end is told by its exit code.
  child.stdin?.on('error', () => {});
  child.stdin?.end(text);
  return promise;
};
