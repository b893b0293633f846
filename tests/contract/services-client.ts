import { execFile } from 'node:child_process';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a client that others wrote, as guests have them: it judges whether our servers speak the protocol.
 * Debian packages: curl chrony clevis jose.
 */
export const runClient = async (program: string, args: readonly string[], input = ''): Promise<Ended> => {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const child = execFile(program, args, { timeout: 10_000 }, (error, stdout, stderr) => {
    if (error?.code === 'ENOENT') reject(new Error(`${program} is not installed`));
    else resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
  });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  return await promise;
};
