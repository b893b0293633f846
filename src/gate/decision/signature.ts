import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HarnessError } from '../../core/errors.ts';
import type { DecisionEntry } from './record.ts';

/** A private key file. Its content is read by ssh-keygen or minisign only. */
export interface Signer {
  readonly kind: 'ssh' | 'minisign';
  readonly keyFile: string;
  /** Who signs: the principal of `allowed_signers`. */
  readonly by: string;
}

/** What signatures are checked against. */
export interface TrustedKeys {
  /** OpenSSH `allowed_signers`. */
  readonly allowedSigners?: string;
  /** minisign public key files by signer. */
  readonly minisign?: Readonly<Record<string, string>>;
}

/** Keeps a signature of a decision from being taken for one of something else. */
const namespace = 'kola-decision';

export type Signature = NonNullable<DecisionEntry['signature']>;

/** Signs with a key that needs no passphrase, or whose agent is running. Throws HarnessError with the tool's words. */
export const signText = (signer: Signer, text: string): Promise<Signature> =>
  withFolder(async folder => {
    const message = join(folder, 'message');
    await writeFile(message, text);
    const output = `${message}.${signer.kind === 'ssh' ? 'sig' : 'minisig'}`;
    const [program, ...args] =
      signer.kind === 'ssh'
        ? ['ssh-keygen', '-Y', 'sign', '-q', '-f', signer.keyFile, '-n', namespace, message]
        : ['minisign', '-S', '-s', signer.keyFile, '-m', message, '-x', output, '-t', namespace];
    const done = await runTool(program ?? '', args, '');
    if (done.code !== 0) {
      throw new HarnessError('sign-failed', `${program} cannot sign with ${signer.keyFile}: ${done.output}`, {
        hint: 'the key must be readable and without a passphrase, or loaded into the SSH agent',
      });
    }
    return { kind: signer.kind, by: signer.by, text: await readFile(output, 'utf8') };
  });

/**
 * `valid` by a trusted key · `untrusted` sound, but nothing says whose key it is · `invalid` does not fit the text
 * or the signer.
 */
export type SignatureState = 'valid' | 'untrusted' | 'invalid';

export const checkSignature = (
  signature: Signature,
  text: string,
  trusted: TrustedKeys,
): Promise<{ readonly state: SignatureState; readonly detail: string }> =>
  withFolder(async folder => {
    const [message, file] = [join(folder, 'message'), join(folder, 'signature')];
    await writeFile(message, text);
    await writeFile(file, signature.text);
    const known = signature.kind === 'ssh' ? trusted.allowedSigners : trusted.minisign?.[signature.by];
    if (signature.kind === 'minisign') {
      if (known === undefined)
        return { state: 'untrusted', detail: `no minisign key of ${signature.by} is known` };
      const done = await runTool('minisign', ['-V', '-q', '-p', known, '-m', message, '-x', file], '');
      return { state: done.code === 0 ? 'valid' : 'invalid', detail: done.output };
    }
    const args =
      known === undefined
        ? ['-Y', 'check-novalidate', '-n', namespace, '-s', file]
        : ['-Y', 'verify', '-f', known, '-I', signature.by, '-n', namespace, '-s', file];
    const done = await runTool('ssh-keygen', args, text);
    if (done.code !== 0) return { state: 'invalid', detail: done.output };
    return { state: known === undefined ? 'untrusted' : 'valid', detail: done.output };
  });

const withFolder = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'kola-sign-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const toolLimit = 30_000;

const runTool = (
  program: string,
  args: readonly string[],
  input: string,
): Promise<{ readonly code: number | null; readonly output: string }> => {
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number | null; output: string }>();
  const child = spawn(program, args, {
    timeout: toolLimit,
    // Nothing may ask for a passphrase on a terminal or a screen that is not there.
    env: { ...process.env, SSH_ASKPASS_REQUIRE: 'never' },
    detached: true,
  });
  let output = '';
  const collect = (chunk: unknown): void => {
    output += String(chunk);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  child.on('error', error =>
    reject(
      new HarnessError('sign-tool', `${program} cannot be started: ${error.message}`, {
        hint: program === 'minisign' ? 'apt-get install minisign' : 'apt-get install openssh-client',
        cause: error,
      }),
    ),
  );
  child.on('close', code => resolve({ code, output: output.trim() }));
  return promise;
};
