import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type CpioEntry, DIR_MODE, FILE_MODE, writeCpio } from '../../../../src/image/reference/cpio.ts';

const run = promisify(execFile);
const overlay = fileURLToPath(new URL('installer', import.meta.url));
const names = { kernel: 'vmlinuz', initrd: 'installer.cpio' } as const;

/** The installer of Flatcar's network boot, made from the reference guest, on a web server of this host. */
export interface InstallerImage {
  readonly port: number;
  readonly names: typeof names;
  close(): Promise<void>;
}

/**
 * As Flatcar's: the kernel, and an archive with the initrd and the whole of /usr, which runs from memory. Both come from
 * the guest's own update payload.
 */
export const serveInstaller = async (updatePayload: string): Promise<InstallerImage> => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-installer-'));
  const at = (name: string): string => join(folder, name);
  await run('tar', ['-C', folder, '-xf', updatePayload, 'vmlinuz', 'initrd', 'usr.squashfs']);
  await run('zstd', ['-q', '-d', at('initrd'), '-o', at('initrd.cpio')]);
  await writeFile(at(names.initrd), writeCpio(overlayEntries()));
  await writeFile(at('usr.cpio'), writeCpio([usrEntry(at('usr.squashfs'))]));
  // What comes later wins.
  await run('sh', ['-c', 'cat usr.cpio initrd.cpio "$0" > all && mv all "$0"', names.initrd], {
    cwd: folder,
  });
  for (const done of ['initrd', 'initrd.cpio', 'usr.cpio', 'usr.squashfs']) rmSync(at(done));
  const server = await serveFiles(folder);
  return {
    ...server,
    names,
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const usrEntry = (file: string): CpioEntry => ({
  path: 'usr.squashfs',
  mode: FILE_MODE | 0o644,
  data: readFileSync(file),
});

/** Folders before what is in them. */
const overlayEntries = (): readonly CpioEntry[] => {
  const files = readdirSync(overlay, { recursive: true, withFileTypes: true }).filter(one => one.isFile());
  const entries = new Map<string, CpioEntry>();
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name).slice(overlay.length + 1);
    for (const folder of parentsOf(path))
      entries.set(folder, { path: folder, mode: DIR_MODE | 0o755, data: Buffer.alloc(0) });
    const mode = FILE_MODE | (statSync(join(overlay, path)).mode & 0o755);
    entries.set(path, { path, mode, data: readFileSync(join(overlay, path)) });
  }
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
};

const parentsOf = (path: string): readonly string[] => {
  const parent = posix.dirname(path);
  return parent === '.' ? [] : [...parentsOf(parent), parent];
};

const serveFiles = async (folder: string): Promise<{ readonly port: number; close(): Promise<void> }> => {
  const server = createServer((request, response) => {
    const file = join(folder, posix.basename(request.url ?? ''));
    if (dirname(file) !== folder || !Object.values<string>(names).some(name => file.endsWith(`/${name}`)))
      return void response.writeHead(404).end();
    response.writeHead(200, { 'content-length': statSync(file).size });
    if (request.method === 'HEAD') return void response.end();
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    // A listening TCP server has an address of this form.
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
