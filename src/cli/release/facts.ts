import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ImageFacts, ReleaseFacts } from '../../core/release-facts.ts';
import type { Arch } from '../../core/target.ts';
import type { FetchOptions } from '../../image/release/fetch.ts';
import { packagesOf } from '../../image/release/fetch.ts';
import { historyReader } from '../../store/history.ts';
import { importReleaseFile } from '../../store/import/facts.ts';
import { openStore } from '../../store/open.ts';
import { factsFile } from '../merge-facts.ts';
import type { PlaceWithImage } from './images.ts';
import type { Updates } from './updates.ts';

/** One image as the gate wants to know it: the digest of the disk that boots, and who signed what it came from. */
const imageFacts = ({ place, image: { fetched, image } }: PlaceWithImage): ImageFacts => {
  const { signature, url, bytes } = fetched.origin;
  return {
    platform: place.platform.name,
    file: basename(image.disk),
    digest: image.digest,
    size: bytes,
    signature: {
      verified: signature !== undefined,
      key: signature?.primary ?? '',
      evidence: `${url}.sig`,
    },
  };
};

export interface FactsInput {
  readonly release: { readonly channel: string; readonly version: string };
  readonly ready: readonly PlaceWithImage[];
  readonly updates: Updates;
  readonly options: FetchOptions;
  /** Existing folder for the file. */
  readonly folder: string;
}

/** Versions that the history has of a channel. */
export const knownVersions = async (channel: string, where: string): Promise<readonly string[]> => {
  await using store = await openStore(where);
  return await historyReader(store).versions(channel);
};

/** Writes down what was found out about the images of a release. */
export const writeFacts = async (input: FactsInput, known?: ReleaseFacts): Promise<string> => {
  const file = join(input.folder, factsFile);
  await writeFile(file, `${JSON.stringify(await factsOf(input, known), null, 2)}\n`);
  return file;
};

/**
 * Puts it into the history, too, beside what is known of the release already (SBOM, provenance, payload …), so that the
 * gate knows which bytes were tested.
 */
export const recordFacts = async (input: FactsInput, where: string): Promise<void> => {
  await using store = await openStore(where);
  const { channel, version } = input.release;
  const file = await writeFacts(input, await historyReader(store).release(channel, version));
  await importReleaseFile(store, file);
};

const factsOf = async (
  { release, ready, updates, options }: FactsInput,
  known: ReleaseFacts | undefined,
): Promise<ReleaseFacts> => {
  const arches: Partial<Record<Arch, NonNullable<ReleaseFacts['arches'][Arch]>>> = { ...known?.arches };
  for (const arch of new Set(ready.map(({ place }) => place.arch))) {
    const own = ready.filter(({ place }) => place.arch === arch);
    const images = own.map(imageFacts);
    const tested = new Set(images.map(({ platform }) => platform));
    const first = own[0];
    const packages =
      first === undefined ? undefined : await packagesOf(first.image.release, options).catch(() => undefined);
    const payload = updates.ready.find(one => one.payload.arch === arch)?.payload.candidate;
    arches[arch] = {
      ...(packages === undefined ? {} : { packages: [...packages] }),
      ...known?.arches[arch],
      images: [...(known?.arches[arch]?.images ?? []).filter(one => !tested.has(one.platform)), ...images],
      ...(payload === undefined ? {} : { updates: [{ file: payload.name, digest: payload.digest }] }),
    };
  }
  const builtAt = ready
    .flatMap(({ image }) => image.fetched.origin.signature?.at ?? [])
    .sort((a, b) => a - b)[0];
  const places = new Set(ready.map(({ place }) => `${place.platform.name}/${place.arch}`));
  const elsewhere = (known?.untested ?? []).filter(
    ({ platform, arch }) => !places.has(`${platform.replace(/\[.*$/, '')}/${arch}`),
  );
  return {
    schema: 1,
    ...(builtAt === undefined ? {} : { builtAt: new Date(builtAt).toISOString() }),
    ...known,
    ...release,
    arches,
    untested: [...elsewhere, ...updates.untested],
  };
};
