/** The Debian tree: installed by mmdebstrap, arranged by `guest/build/customize.sh`, handed out as a squashfs of its /usr. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Arch, archFacts } from './arch.ts';
import { namesFor } from './recipe-files.ts';
import { runTool } from './run-tool.ts';

export interface TreeInput {
  readonly arch: Arch;
  readonly recipe: string;
  readonly workDir: string;
  readonly version: string;
  readonly imitates: string;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface Tree {
  /** File system image of /usr, made where owners are what they must be in the guest. */
  readonly usrImage: string;
  /** Folder of GRUB's modules, when they came with the tree. */
  readonly grubModules: string | undefined;
  /** The same below `usr/` of a folder, for reading only: its owners mean nothing. */
  readonly dir: string;
}

const EXCLUDED = [
  '/usr/share/man/*',
  '/usr/share/doc/*',
  '/usr/share/locale/*',
  '/usr/share/info/*',
  '/usr/share/lintian/*',
];

export async function buildTree(input: TreeInput): Promise<Tree> {
  const { recipe, workDir, signal } = input;
  const packages = namesFor(await readFile(join(recipe, 'packages.txt'), 'utf8'), input.arch);
  const { kernelPackage: kernel, grubPackage: grub } = archFacts(input.arch);
  const scripts = join(recipe, 'build');
  const usrImage = join(workDir, 'usr.squashfs');
  // Hooks run as root of the tree, which in a user namespace may not write outside it: results wait in a folder inside.
  const scratch = '"$1"/kola-build';
  await runTool(
    'mmdebstrap',
    [
      '--variant=essential',
      `--architectures=${input.arch}`,
      '--format=null',
      // Cleaning up apt's state inside a tree that is about to be thrown away would only fail: it is gone already.
      '--skip=cleanup',
      '--aptopt=Apt::Install-Recommends "false"',
      '--dpkgopt=force-unsafe-io',
      ...EXCLUDED.map(path => `--dpkgopt=path-exclude=${path}`),
      `--include=${packages.join(',')}`,
      `--customize-hook=${scripts}/fetch-kernel.sh ${kernel} ${scratch}`,
      ...(grub === undefined
        ? []
        : [
            `--customize-hook=${scripts}/fetch-grub.sh ${grub} ${scratch}`,
            `--customize-hook=download /kola-build/grub.tar ${join(workDir, 'grub.tar')}`,
          ]),
      `--customize-hook=${scripts}/customize.sh "$1" ${recipe} ${scratch} ${input.arch} ${input.imitates} ${input.version}`,
      `--customize-hook=${scripts}/pack-usr.sh "$1" ${scratch}`,
      `--customize-hook=download /kola-build/usr.squashfs ${usrImage}`,
      'bookworm',
      '/dev/null',
      join(recipe, 'apt-sources.list'),
    ],
    { signal, onLine: line => (/^[IWE]: /.test(line) ? input.log(line) : undefined) },
  );
  const dir = join(workDir, 'tree');
  await runTool('mkdir', [dir], { signal });
  await runTool('unsquashfs', ['-no-progress', '-quiet', '-no-xattrs', '-dest', join(dir, 'usr'), usrImage], {
    signal,
  });
  return { usrImage, dir, grubModules: grub === undefined ? undefined : await unpackGrub(workDir, signal) };
}

async function unpackGrub(workDir: string, signal: AbortSignal | undefined): Promise<string> {
  const dir = join(workDir, 'grub-modules');
  await runTool('mkdir', [dir], { signal });
  await runTool('tar', ['-xf', join(workDir, 'grub.tar'), '-C', dir], { signal });
  return dir;
}
