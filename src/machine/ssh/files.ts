import { open, rename, rm, stat } from 'node:fs/promises';
import { type Evidence, HarnessError, ProductError } from '../../core/errors.ts';
import type { WriteOptions } from '../../core/machine.ts';
import { commandEvidence, type Exec, type ExecOptions } from './command.ts';
import { lastLines, shellQuote } from './quote.ts';

/** Moving a large file through an emulated machine is slow: minutes, not the minute of a command. */
const transferTimeout = 600_000;

const installCommand = (path: string, options: WriteOptions): string => {
  const [user = 'root', group = 'root'] = (options.owner ?? 'root:root').split(':');
  const mode = (options.mode ?? 0o644).toString(8).padStart(4, '0');
  const words = ['install', '-D', '-m', mode, '-o', user, '-g', group, '/dev/stdin', path];
  return `sudo ${words.map(shellQuote).join(' ')}`;
};

const fileError = (what: string, command: string, stdout: string, stderr: string): ProductError => {
  const evidence: readonly Evidence[] = commandEvidence(command, stdout, stderr);
  return new ProductError('file-transfer-failed', `${what}: ${lastLines(stderr, 1) || 'no message'}`, {
    evidence,
  });
};

const send = async (exec: Exec, path: string, options: WriteOptions, more: ExecOptions): Promise<void> => {
  const command = installCommand(path, options);
  const result = await exec(command, { timeout: transferTimeout, ...more });
  if (result.code !== 0)
    throw fileError(`cannot write ${path} on the machine`, command, result.stdout, result.stderr);
};

/** Writes a file as root, making its folder. */
export const writeRemote = (
  exec: Exec,
  path: string,
  content: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> => send(exec, path, options, { input: content });

/** Reads a text file as root. */
export const readRemote = async (exec: Exec, path: string): Promise<string> => {
  const command = `sudo cat -- ${shellQuote(path)}`;
  const result = await exec(command, { timeout: transferTimeout });
  if (result.code === 0) return result.stdout;
  throw fileError(`cannot read ${path} on the machine`, command, '', result.stderr);
};

/** Sends a local file, streaming. It is open before the command starts: what is wrong with it is told here. */
export const uploadFile = async (
  exec: Exec,
  localPath: string,
  remotePath: string,
  options: WriteOptions = {},
): Promise<void> => {
  const because = (words: string): HarnessError =>
    new HarnessError('upload-source', `cannot upload ${localPath}: ${words}`);
  const found = await stat(localPath).catch(() => undefined);
  if (found === undefined) throw because('no such file');
  if (!found.isFile()) throw because('not a regular file');
  await using file = await open(localPath).catch((error: Error) => {
    throw because(error.message);
  });
  await send(exec, remotePath, options, { input: file.createReadStream() });
};

/** Fetches a file as root, streaming, without SFTP. The local file appears only when it is whole. */
export const downloadFile = async (exec: Exec, remotePath: string, localPath: string): Promise<void> => {
  const command = `sudo cat -- ${shellQuote(remotePath)}`;
  const partial = `${localPath}.partial`;
  try {
    // Open first: a file that cannot be written is told here, and not by a stream that nobody listens to yet.
    await using file = await open(partial, 'w');
    const result = await exec(command, { timeout: transferTimeout, output: file.createWriteStream() });
    if (result.code !== 0)
      throw fileError(`cannot download ${remotePath} from the machine`, command, '', result.stderr);
    await rename(partial, localPath);
  } finally {
    await rm(partial, { force: true });
  }
};
