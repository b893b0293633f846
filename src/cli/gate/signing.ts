import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import type { Signer, TrustedKeys } from '../../gate/decision/signature.ts';
import type { CommandInput } from '../command.ts';

/** `--sign-key`: the kind is seen from the file's first words; the key itself is read by its own tool only. */
export const signerOf = async (
  { settings, terminal }: CommandInput,
  by: string,
): Promise<Signer | undefined> => {
  const asked = settings.text('sign-key');
  if (asked === undefined) return undefined;
  const keyFile = resolve(terminal.cwd, asked);
  const text = await readFile(keyFile, 'utf8').catch((error: Error) => {
    throw new UsageError('sign-key', `--sign-key ${asked} cannot be read: ${error.message}`, {
      cause: error,
    });
  });
  const kind = text.startsWith('untrusted comment:') ? 'minisign' : 'ssh';
  return { kind, keyFile, by: settings.text('sign-as') ?? by };
};

/** `--allowed-signers` and `--minisign-key`. */
export const trustedKeys = ({ settings, terminal }: CommandInput): TrustedKeys => {
  const allowed = settings.text('allowed-signers');
  const minisign = settings.list('minisign-key').map(text => {
    const [, name, file] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (name === undefined || file === undefined)
      throw settings.wrong('minisign-key', 'NAME=FILE, such as ann=ann.pub');
    return [name, resolve(terminal.cwd, file)];
  });
  return {
    ...(allowed === undefined ? {} : { allowedSigners: resolve(terminal.cwd, allowed) }),
    minisign: Object.fromEntries(minisign),
  };
};
