import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { HarnessError } from '../../src/core/errors.ts';
import type { Arch } from '../../src/core/target.ts';

export const qemuBinary: Readonly<Record<Arch, string>> = {
  amd64: 'qemu-system-x86_64',
  arm64: 'qemu-system-aarch64',
};

/** Debian packages that bring a program. */
export const packageOf: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-system-aarch64': 'qemu-system-arm',
  'qemu-img': 'qemu-utils',
  swtpm: 'swtpm',
  setpriv: 'util-linux',
};

/** Absolute path of a program, or undefined. A name with a slash is a path already. */
export const findProgram = async (name: string): Promise<string | undefined> => {
  const folders = name.includes('/')
    ? ['']
    : (process.env.PATH ?? '').split(delimiter).filter(folder => folder !== '');
  for (const folder of folders) {
    const path = folder === '' ? name : join(folder, name);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return undefined;
};

export const needProgram = async (name: string): Promise<string> => {
  const path = await findProgram(name);
  if (path !== undefined) return path;
  const wanted = packageOf[name];
  throw new HarnessError('missing-program', `${name} is needed and was not found`, {
    hint: wanted === undefined ? 'see --qemu-binary' : `apt-get install ${wanted}, or kola setup`,
  });
};
