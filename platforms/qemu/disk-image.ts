import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { HarnessError, ProvisioningError } from '../../src/core/errors.ts';
import type { Extent } from '../../src/machine/snapshots/files.ts';
import { needProgram } from './programs.ts';

const run = promisify(execFile);

export const mib = 2 ** 20;
/** Bytes that qemu-img may print: a line for each extent. */
const mostOutput = 64 * mib;

/** Bytes that a guest sees of an image. */
export const guestBytes = async (
  image: { readonly disk: string; readonly format: string },
  signal: AbortSignal,
): Promise<number> => {
  const args = ['info', '--force-share', '--output=json', '-f', image.format, image.disk];
  const text = await qemuImg(args, `read ${image.disk}`, signal);
  return z.object({ 'virtual-size': z.number() }).parse(JSON.parse(text))['virtual-size'];
};

/** The parts of a file that are no holes. */
export const findData = async (path: string): Promise<readonly Extent[]> => {
  const text = await qemuImg(['map', '--output=json', '-f', 'raw', path], `read ${path}`);
  return extentsSchema.parse(JSON.parse(text)).filter(({ data }) => data);
};

const extentsSchema = z.array(z.object({ start: z.number(), length: z.number(), data: z.boolean() }));

export interface Overlay {
  readonly file: string;
  readonly base: { readonly disk: string; readonly format: string };
  /** Bytes the guest sees; never less than the base has. */
  readonly size: number;
}

/** Makes a disk that starts as the base and keeps all writes to itself: the base is only ever read. */
export const createOverlay = async ({ file, base, size }: Overlay, signal: AbortSignal): Promise<void> => {
  const args = ['create', '-q', '-f', 'qcow2', '-b', base.disk, '-F', base.format, file, String(size)];
  await qemuImg(args, `make the disk ${file}`, signal);
};

export const createEmptyDisk = async (file: string, size: number, signal: AbortSignal): Promise<void> => {
  await qemuImg(['create', '-q', '-f', 'qcow2', file, String(size)], `make the disk ${file}`, signal);
};

const qemuImg = async (args: readonly string[], what: string, signal?: AbortSignal): Promise<string> => {
  const program = await needProgram('qemu-img');
  try {
    return (await run(program, args, { maxBuffer: mostOutput, ...(signal === undefined ? {} : { signal }) }))
      .stdout;
  } catch (error) {
    signal?.throwIfAborted();
    throw explain(error, what);
  }
};

const explain = (error: unknown, what: string): Error => {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
  if (/No space left on device/.test(said)) return diskFull(what, error);
  return new ProvisioningError('qemu-img', `qemu-img could not ${what}: ${said.split('\n', 1)[0]}`, {
    cause: error,
  });
};

export const diskFull = (what: string, cause?: unknown): HarnessError =>
  new HarnessError('disk-full', `no room left on this host to ${what}`, {
    hint: 'free some space, or set XDG_STATE_HOME to a larger disk',
    cause,
  });
