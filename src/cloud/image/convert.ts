import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { link, mkdir, rm, stat, symlink, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { HarnessError } from '../../core/errors.ts';
import type { LocalImage } from '../../core/image.ts';
import type { UploadProgress } from './journal.ts';

/** `vhd` is the fixed form with its footer behind the disk; `gce-tar` a gzipped tar archive with `disk.raw` inside. */
export type CloudFormat = 'raw' | 'qcow2' | 'vmdk' | 'vhd' | 'gce-tar';

const mib = 1024 * 1024;
const gib = 1024 * mib;

/** Makes the disk in the format that a cloud takes, in `folder`. A disk that has it already is not copied. */
export const convertDisk = async (
  image: LocalImage,
  format: CloudFormat,
  folder: string,
  signal: AbortSignal,
): Promise<string> => {
  if (format === image.format) return image.disk;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const raw = image.format === 'raw' ? image.disk : await toRaw(image.disk, join(folder, 'disk.raw'), signal);
  if (format === 'raw') return raw;
  if (format === 'qcow2') {
    const qcow2 = join(folder, 'disk.qcow2');
    await qemuImg(['convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2], signal);
    return qcow2;
  }
  if (format === 'vmdk') {
    const vmdk = join(folder, 'disk.vmdk');
    await qemuImg(
      ['convert', '-f', 'raw', '-O', 'vmdk', '-o', 'subformat=streamOptimized', raw, vmdk],
      signal,
    );
    return vmdk;
  }
  return format === 'vhd' ? toVhd(raw, folder, signal) : toTar(raw, folder, signal);
};

/** {@link convertDisk}, unless a process that was killed came to the end of it: what is sent next has to fit to what was sent. */
export const convertOnce = async (
  image: LocalImage,
  format: CloudFormat,
  folder: string,
  progress: UploadProgress | undefined,
  signal: AbortSignal,
): Promise<string> => {
  const known = progress?.noted(`disk-${format}`);
  if (known !== undefined && existsSync(known)) return known;
  const made = await convertDisk(image, format, folder, signal);
  progress?.note(`disk-${format}`, made);
  return made;
};

const toRaw = async (disk: string, raw: string, signal: AbortSignal): Promise<string> => {
  await qemuImg(['convert', '-O', 'raw', disk, raw], signal);
  return raw;
};

/** Azure wants a size of whole MiB before the footer of 512 bytes, and the size as it is, not rounded to cylinders. */
const toVhd = async (raw: string, folder: string, signal: AbortSignal): Promise<string> => {
  const { size } = await stat(raw);
  const vhd = join(folder, 'disk.vhd');
  let whole = raw;
  if (size % mib !== 0) {
    whole = join(folder, 'whole.raw');
    await qemuImg(['convert', '-f', 'raw', '-O', 'raw', raw, whole], signal);
    await truncate(whole, Math.ceil(size / mib) * mib);
  }
  await qemuImg(
    ['convert', '-f', 'raw', '-O', 'vpc', '-o', 'subformat=fixed,force_size=on', whole, vhd],
    signal,
  );
  return vhd;
};

/**
 * The archive has to hold exactly one file of this name, of whole GiB; `--format=oldgnu` and `-S` are what GCE
 * documents.
 */
const toTar = async (raw: string, folder: string, signal: AbortSignal): Promise<string> => {
  const inside = join(folder, 'disk.raw');
  const { size } = await stat(raw);
  if (size % gib !== 0) {
    // The caller's disk is not ours to make longer.
    if (inside !== raw) await qemuImg(['convert', '-f', 'raw', '-O', 'raw', raw, inside], signal);
    await truncate(inside, Math.ceil(size / gib) * gib);
  } else if (inside !== raw) {
    await rm(inside, { force: true });
    await link(raw, inside).catch(() => symlink(raw, inside));
  }
  const tar = join(folder, 'disk.tar.gz');
  await run('tar', ['--format=oldgnu', '-S', '-h', '-czf', tar, '-C', folder, 'disk.raw'], signal);
  return tar;
};

const qemuImg = (args: readonly string[], signal: AbortSignal): Promise<void> =>
  run('qemu-img', args, signal);

const run = async (program: string, args: readonly string[], signal: AbortSignal): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  execFile(program, [...args], { signal }, (error, _out, complaint) => {
    if (error === null) return resolve();
    if (signal.aborted) return reject(signal.reason);
    const missing = 'code' in error && error.code === 'ENOENT';
    reject(
      new HarnessError(
        'image-conversion',
        missing
          ? `${program} is needed to convert the image, and is not installed`
          : `${program} ${args[0]} failed: ${complaint.trim().split('\n').at(-1) ?? error.message}`,
        { cause: error, ...(missing ? { hint: 'kola setup installs it' } : {}) },
      ),
    );
  });
  await promise;
};
