/**
 * What it takes to get a release: downloading from a server on the loopback, reading an image once for its digests and its
 * OpenPGP signature, and unpacking.
 *
 * npm run bench:release -- [--mib 512]
 */
import { execFileSync } from 'node:child_process';
import { createCipheriv, randomBytes } from 'node:crypto';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { readKeys } from 'openpgp';
import { serveFolder } from '../../examples/release-server/serve.ts';
import { systemClock } from '../../src/core/clock.ts';
import { download } from '../../src/image/release/download.ts';
import { examine } from '../../src/image/release/signature.ts';
import { unpackImage } from '../../src/image/unpack.ts';
import { makeSigningKeys } from '../support/signing-keys.ts';

const { values } = parseArgs({ options: { mib: { type: 'string', default: '512' } } });
const mib = Number(values.mib);
const folder = mkdtempSync(join(tmpdir(), 'kola-bench-release-'));

/** A third random, the rest zero: like the file system of a disk image. */
const writeDisk = async (path: string): Promise<void> => {
  const cipher = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16));
  const zeros = Buffer.alloc(2 ** 20);
  const chunks = function* (): Generator<Buffer> {
    for (let i = 0; i < mib; i++) yield i % 3 === 0 ? cipher.update(zeros) : zeros;
  };
  await pipeline(chunks, createWriteStream(path));
};

const timed = async <T>(what: string, size: number, work: () => Promise<T>): Promise<T> => {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const value = await work();
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const cpuSeconds = (used.user + used.system) / 1e6;
  const gib = size / 2 ** 30;
  process.stdout.write(
    `${what.padEnd(44)} ${(size / 2 ** 20 / seconds).toFixed(0).padStart(6)} MiB/s  ${(seconds / gib).toFixed(2).padStart(6)} s/GiB  ${(cpuSeconds / gib).toFixed(2).padStart(6)} s of this process's CPU/GiB\n`,
  );
  return value;
};

try {
  const disk = join(folder, 'image.bin');
  await writeDisk(disk);
  const size = statSync(disk).size;
  const server = await serveFolder(folder, 0);
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  for (const connections of [1, 4]) {
    const target = join(folder, `got-${connections}`);
    const source = { url: `http://127.0.0.1:${port}/image.bin`, headers: {} };
    await timed(`download, ${connections} connections (server in this process)`, size, () =>
      download(source, target, { clock: systemClock, connections }),
    );
    if (!readFileSync(target).equals(readFileSync(disk))) throw new Error('what came is not what was sent');
    rmSync(target);
  }
  server.close();
  const keys = await makeSigningKeys();
  const signature = await keys.sign(readFileSync(disk));
  const trusted = await readKeys({ armoredKeys: keys.publicKey });
  await timed('SHA-256 and SHA-512', size, () => examine(disk, undefined));
  await timed('SHA-256, SHA-512 and OpenPGP signature', size, () =>
    examine(disk, { signature, keys: trusted }),
  );
  for (const program of ['bzip2', 'gzip']) execFileSync(program, ['-1', '-k', disk]);
  const lbzip2 = ['/usr/bin/lbzip2', '/bin/lbzip2'].some(path => existsSync(path));
  for (const [form, packed] of [
    ['bzip2', `${disk}.bz2`],
    ['gzip', `${disk}.gz`],
  ] as const) {
    const how = form === 'bzip2' ? (lbzip2 ? ' with lbzip2' : ' with bzip2') : '';
    const options = { cacheDir: join(folder, `cache-${form}`), log: () => {} };
    await timed(`unpack ${form}${how}, per GiB of disk`, size, () => unpackImage(packed, form, options));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
