import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import type { CloudAccount } from '../../core/cloud-account.ts';
import { KolaError } from '../../core/errors.ts';
import type { PlatformDefinition } from '../../core/platform.ts';
import { type MatrixCell, scenariosOf } from '../../plan/matrix.ts';
import type { PlaceWithImage } from './images.ts';
import type { MachineType } from './places.ts';

export interface SharedImages {
  /** What is planned: for a place without scenarios nothing is uploaded. */
  readonly cells: readonly MatrixCell[];
  readonly optionsFor: (platform: PlatformDefinition, type: MachineType) => Promise<unknown>;
  /** Aborted when nothing may cost anything any more. */
  readonly noNewStarts: AbortSignal;
  readonly log: (line: string) => void;
}

/** Milliseconds that taking the image away may take: the release may have been interrupted. */
const cleanUpLimit = 120_000;

const nothing: AsyncDisposable = { [Symbol.asyncDispose]: async () => {} };

/**
 * Uploads an image once for all tiers of a place, which find it in the account by its digest, and takes it away after
 * them. One that was there before stays. Where it cannot be had that way, each tier uploads its own, and says what is wrong:
 * never throws for that.
 */
export const shareImage = async (
  { place: { platform, arch, types }, image: { image } }: PlaceWithImage,
  { cells, optionsFor, noNewStarts, log }: SharedImages,
  signal: AbortSignal,
): Promise<AsyncDisposable> => {
  const [main] = types;
  const own = cells.filter(cell => cell.platform === platform.name && cell.arch === arch);
  const idle = own.every(cell => scenariosOf(cell).length === 0);
  if (platform.account === undefined || main === undefined || idle || noNewStarts.aborted) return nothing;
  const where = `${platform.name}/${arch}`;
  const folder = await mkdtemp(join(tmpdir(), 'kola-upload-'));
  try {
    const options = await optionsFor(platform, main);
    const account = await platform.account({ options, clock: systemClock, signal, log });
    const before = new Set((await account.images.list(signal)).map(({ id }) => id));
    const { id } = await account.images.upload(image, folder, signal);
    if (before.has(id)) return nothing;
    log(`Uploaded the image for all tiers on ${where}: ${id}`);
    return { [Symbol.asyncDispose]: () => takeAway(account, id, where, log) };
  } catch (error) {
    if (!(error instanceof KolaError) && !signal.aborted) throw error;
    log(`No image for all tiers on ${where}: ${error instanceof Error ? error.message : String(error)}`);
    return nothing;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const takeAway = async (
  { images }: CloudAccount,
  id: string,
  where: string,
  log: (line: string) => void,
): Promise<void> => {
  try {
    await images.delete(id, AbortSignal.timeout(cleanUpLimit));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log(`Left image ${id} on ${where}: ${why}; kola image delete takes it away, or kola gc after its lease`);
  }
};
