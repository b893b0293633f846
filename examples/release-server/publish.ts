import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createMessage, generateKey, type PrivateKey, sign } from 'openpgp';
import { readManifest } from '../../src/image/manifest.ts';

const run = promisify(execFile);
const prefix = 'flatcar_production_';
/** The update that older versions install to become this one. */
export const payloadName = 'flatcar_test_update.gz';

/** A primary key that signs nothing, and the subkey that does: as the real one. */
export const makeKey = async (): Promise<PrivateKey> => {
  const year = 365 * 24 * 3600;
  const { privateKey } = await generateKey({
    userIDs: [{ name: 'Example Buildbot', email: 'buildbot@example.org' }],
    subkeys: [{ sign: true, keyExpirationTime: 2 * year }],
    format: 'object',
  });
  return privateKey;
};

export interface Release {
  readonly channel: string;
  readonly version: string;
  /** Places of it below the folder of its channel and architecture. */
  readonly folders: readonly string[];
  /** Makes the bytes of one version differ from those of the other. */
  readonly clusterSize: string;
}

/** Puts the disk of an image folder on the server under a version, with all that lies beside a release. */
export const publish = async (
  root: string,
  imageDir: string,
  release: Release,
  key: PrivateKey,
): Promise<void> => {
  const manifest = await readManifest(imageDir);
  if (manifest === undefined) throw new TypeError(`${imageDir} has no image.json`);
  const places = release.folders.map(name => join(root, release.channel, `${manifest.arch}-usr`, name));
  for (const place of places) await mkdir(place, { recursive: true });
  const [home, ...others] = places;
  if (home === undefined) throw new TypeError('a release has a folder');
  const image = `${prefix}qemu_uefi_image.img`;
  const disk = join(imageDir, manifest.disk.file);
  const options = ['-O', 'qcow2', '-o', `cluster_size=${release.clusterSize}`];
  await run('qemu-img', ['convert', ...options, disk, join(home, image)]);
  const { updatePayload, ...rest } = manifest;
  const own = {
    ...rest,
    version: release.version,
    channel: release.channel,
    title: `${manifest.title}, posing as ${release.channel} ${release.version}`,
    disk: { file: image, format: 'qcow2', sha256: await digest(join(home, image), 'sha256') },
  };
  await writeFile(join(home, 'image.json'), JSON.stringify(own, null, 2));
  await writeFile(join(home, 'version.txt'), `FLATCAR_VERSION=${release.version}\nFLATCAR_BUILD_ID=""\n`);
  const payload = updatePayload === undefined ? undefined : join(imageDir, updatePayload.file);
  if (payload !== undefined) await place(payload, join(home, payloadName));
  const signed = [image, 'image.json', 'version.txt', ...(payload === undefined ? [] : [payloadName])];
  for (const name of signed) await signFile(join(home, name), name, key);
  for (const other of others)
    for (const name of ['version.txt', 'version.txt.sig'])
      await writeFile(join(other, name), await readFile(join(home, name)));
};

/** A link where that is possible: payloads are large. */
const place = (from: string, to: string): Promise<void> => link(from, to).catch(() => copyFile(from, to));

const signFile = async (path: string, name: string, key: PrivateKey): Promise<void> => {
  const sections = await Promise.all(
    (['md5', 'sha1', 'sha512'] as const).map(
      async kind => `# ${kind.toUpperCase()} HASH\n${await digest(path, kind)}  ${name}\n`,
    ),
  );
  await writeFile(`${path}.DIGESTS`, sections.join(''));
  for (const file of [path, `${path}.DIGESTS`]) {
    const message = await createMessage({ binary: await readFile(file) });
    const signature = await sign({ message, signingKeys: key, detached: true, format: 'binary' });
    await writeFile(`${file}.sig`, signature);
  }
};

const digest = async (path: string, kind: 'md5' | 'sha1' | 'sha256' | 'sha512'): Promise<string> => {
  const sum = createHash(kind);
  for await (const chunk of Readable.from(createReadStream(path))) sum.update(chunk);
  return sum.digest('hex');
};
