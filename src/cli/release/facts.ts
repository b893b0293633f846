import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ImageFacts, ReleaseFacts } from '../../core/release-facts.ts';
import type { Arch } from '../../core/target.ts';
import type { FetchOptions } from '../../image/release/fetch.ts';
import { packagesOf } from '../../image/release/fetch.ts';
import { historyReader } from '../../store/history.ts';
import { importReleaseFile } from '../../store/import/facts.ts';
import { openStore } from '../../store/open.ts';
import type { PlaceWithImage } from './images.ts';

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

/**
 * Puts what was found out about the images into the history, beside what is known of the release already (SBOM, provenance,
 * payload …), so that the gate knows which bytes were tested.
 */
export const recordFacts = async (
  release: { readonly channel: string; readonly version: string },
  ready: readonly PlaceWithImage[],
  options: FetchOptions,
  where: string,
  file: string,
): Promise<void> => {
  await using store = await openStore(where);
  const known = await historyReader(store).release(release.channel, release.version);
  const arches: Partial<Record<Arch, NonNullable<ReleaseFacts['arches'][Arch]>>> = { ...known?.arches };
  for (const arch of new Set(ready.map(({ place }) => place.arch))) {
    const own = ready.filter(({ place }) => place.arch === arch);
    const images = own.map(imageFacts);
    const tested = new Set(images.map(({ platform }) => platform));
    const first = own[0];
    const packages =
      first === undefined ? undefined : await packagesOf(first.image.release, options).catch(() => undefined);
    arches[arch] = {
      ...(packages === undefined ? {} : { packages: [...packages] }),
      ...known?.arches[arch],
      images: [...(known?.arches[arch]?.images ?? []).filter(one => !tested.has(one.platform)), ...images],
    };
  }
  const builtAt = ready
    .flatMap(({ image }) => image.fetched.origin.signature?.at ?? [])
    .sort((a, b) => a - b)[0];
  const facts: ReleaseFacts = {
    schema: 1,
    ...(builtAt === undefined ? {} : { builtAt: new Date(builtAt).toISOString() }),
    ...known,
    ...release,
    arches,
  };
  await writeFile(file, `${JSON.stringify(facts, null, 2)}\n`);
  await importReleaseFile(store, file);
};
