/** Assembles the initrd by plain copies from the finished tree: programs with their libraries, units, a few kernel modules. */
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type Arch, archFacts } from './arch.ts';
import { type CpioEntry, DIR_MODE, FILE_MODE, LINK_MODE, writeCpio } from './cpio.ts';
import { readElfNeeds } from './elf.ts';
import { moduleFiles, readModuleIndex } from './modules.ts';
import { listLines, modulesFor, pairLines } from './recipe-files.ts';

export interface InitrdInput {
  readonly arch: Arch;
  /** The finished tree; only its /usr is read. */
  readonly tree: string;
  /** `guest/initrd`. */
  readonly recipe: string;
}

const INDEX_FILES = [
  'dep',
  'dep.bin',
  'alias',
  'alias.bin',
  'softdep',
  'symbols.bin',
  'builtin',
  'builtin.bin',
  'builtin.alias.bin',
];
/** Where `customize.sh` keeps the units of Ignition's dracut module. */
const IGNITION_UNITS = 'usr/share/flatcar/ignition-units';
const EMPTY_DIRS = [
  'proc',
  'sys',
  'dev',
  'run',
  'tmp',
  'sysroot',
  'sysusr',
  'sysusr/usr',
  'var',
  'root',
  'usr/share',
  'usr/lib/ignition',
];

/** The uncompressed archive. */
export async function assembleInitrd(input: InitrdInput): Promise<Buffer> {
  const box = new InitrdBox(input.tree, archFacts(input.arch).libDir);
  const list = (name: string): Promise<string> => readFile(join(input.recipe, name), 'utf8');
  for (const dir of EMPTY_DIRS) box.dir(dir);
  for (const path of listLines(await list('files.txt'))) await box.fromTree(path);
  await addModules(box, input, await list('modules.txt'));
  await addIgnition(box, join(input.tree, IGNITION_UNITS));
  for (const name of ['passwd', 'group']) {
    box.file(`etc/${name}`, await readFile(join(input.tree, 'usr/share/flatcar/etc', name)), 0o644);
  }
  for (const { left, right } of pairLines(await list('links.txt'))) box.link(left, right);
  for (const { left, right } of pairLines(await list('wants.txt'))) {
    box.link(`usr/lib/systemd/system/${left}.wants/${right}`, `../${right}`);
  }
  await box.overlay(join(input.recipe, 'overlay'), '');
  return writeCpio(box.entries());
}

async function addModules(box: InitrdBox, input: InitrdInput, text: string): Promise<void> {
  const base = join(input.tree, 'usr/lib/modules');
  const [kernel] = await readdir(base);
  if (kernel === undefined) throw new Error('the tree has no kernel modules');
  const dir = join(base, kernel);
  const index = readModuleIndex(
    await readFile(join(dir, 'modules.dep'), 'utf8'),
    await readFile(join(dir, 'modules.builtin'), 'utf8'),
  );
  const wanted = modulesFor(text, input.arch);
  for (const file of moduleFiles(
    index,
    wanted.map(({ name }) => name),
  )) {
    await box.fromTree(`usr/lib/modules/${kernel}/${file}`);
  }
  // Copied whole: a module that is not here is looked for again once the verified /usr is bound over this folder.
  for (const name of INDEX_FILES) await box.fromTree(`usr/lib/modules/${kernel}/modules.${name}`);
  const load = wanted.filter(module => module.load).map(({ name }) => `${name}\n`);
  box.file('etc/modules-load.d/kola.conf', Buffer.from(load.join('')), 0o644);
}

/** The same arrangement Ignition's own dracut module makes. */
async function addIgnition(box: InitrdBox, dir: string): Promise<void> {
  const units = 'usr/lib/systemd/system';
  for (const name of await readdir(dir)) {
    const data = await readFile(join(dir, name));
    if (name.endsWith('.target') || name.endsWith('.service')) box.file(`${units}/${name}`, data, 0o644);
    // Without it an unlocked device nobody has formatted yet never counts as ready.
    if (name.endsWith('.rules')) box.file(`usr/lib/udev/rules.d/${name}`, data, 0o644);
  }
  for (const stage of ['fetch', 'fetch-offline', 'kargs', 'disks', 'mount', 'files']) {
    box.link(
      `${units}/ignition-complete.target.requires/ignition-${stage}.service`,
      `../ignition-${stage}.service`,
    );
  }
  box.link(
    `${units}/ignition-diskful.target.requires/ignition-remount-sysroot.service`,
    '../ignition-remount-sysroot.service',
  );
  box.file(
    'usr/lib/systemd/system-generators/ignition-generator',
    await readFile(join(dir, 'ignition-generator')),
    0o755,
  );
  box.file(
    'etc/security/pwquality.conf.d/ignition-luks.conf',
    await readFile(join(dir, 'ignition-luks.conf')),
    0o644,
  );
}

/** The archive while it grows: one entry a path, parents made as needed, libraries pulled in by what needs them. */
class InitrdBox {
  readonly #entries = new Map<string, CpioEntry>();
  readonly #tree: string;
  readonly #libDirs: readonly string[];

  constructor(tree: string, libDir: string) {
    this.#tree = tree;
    this.#libDirs = [`usr/lib/${libDir}`, `usr/lib/${libDir}/systemd`, 'usr/lib', 'usr/lib64'];
  }

  entries(): CpioEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  dir(path: string): void {
    if (path === '.' || path === '' || this.#entries.has(path)) return;
    this.dir(posix.dirname(path));
    this.#entries.set(path, { path, mode: DIR_MODE | 0o755, data: Buffer.alloc(0) });
  }

  file(path: string, data: Buffer, permissions: number): void {
    this.dir(posix.dirname(path));
    this.#entries.set(path, { path, mode: FILE_MODE | permissions, data });
  }

  link(path: string, target: string): void {
    this.dir(posix.dirname(path));
    this.#entries.set(path, { path, mode: LINK_MODE | 0o777, data: Buffer.from(target) });
  }

  /** Copies a path of the tree; a link is copied together with what it points to, a program with its libraries. */
  async fromTree(path: string): Promise<void> {
    if (this.#entries.has(path)) return;
    const source = join(this.#tree, path);
    const info = await lstat(source);
    if (info.isSymbolicLink()) {
      const target = await readlink(source);
      this.link(path, target);
      if (target.startsWith('/dev/')) return;
      await this.fromTree(
        mergedUsr(target.startsWith('/') ? target.slice(1) : posix.join(posix.dirname(path), target)),
      );
      return;
    }
    const data = await readFile(source);
    this.file(path, data, info.mode & 0o755);
    const needs = path.endsWith('.ko') ? undefined : readElfNeeds(data);
    if (needs === undefined) return;
    if (needs.interpreter !== undefined) await this.fromTree(mergedUsr(needs.interpreter.slice(1)));
    for (const name of needs.needed) await this.#library(name, needs.runPaths);
  }

  async overlay(dir: string, path: string): Promise<void> {
    for (const entry of await readdir(join(dir, path), { withFileTypes: true })) {
      const inside = posix.join(path, entry.name);
      if (entry.isDirectory()) await this.overlay(dir, inside);
      else
        this.file(inside, await readFile(join(dir, inside)), (await lstat(join(dir, inside))).mode & 0o755);
    }
  }

  async #library(name: string, runPaths: readonly string[]): Promise<void> {
    for (const dir of [...runPaths.map(path => mergedUsr(path.replace(/^\//, ''))), ...this.#libDirs]) {
      const path = `${dir}/${name}`;
      if (await exists(join(this.#tree, path))) return this.fromTree(path);
    }
    throw new Error(`no library ${name} in the tree`);
  }
}

/** In the tree /lib, /bin … are links into /usr, and only /usr is unpacked. */
function mergedUsr(path: string): string {
  return /^(bin|sbin|lib|lib64)\//.test(path) ? `usr/${path}` : path;
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}
