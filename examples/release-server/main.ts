import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { imageCacheDir, listCachedImages } from '../../src/image/cache.ts';
import { makeKey, payloadName, publish } from './publish.ts';
import { serveFolder } from './serve.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: '_kola_temp/release-server' },
    image: { type: 'string' },
    port: { type: 'string', default: '0' },
  },
});

const newestReference = async (): Promise<string> => {
  const images = await listCachedImages(imageCacheDir());
  const [newest] = images
    .filter(({ name }) => /^reference-amd64-[0-9a-f]+$/.test(name))
    .sort((a, b) => b.made - a.made);
  if (newest === undefined) throw new Error('there is no reference guest yet: kola image build reference');
  return newest.path;
};

const folder = resolve(values.folder);
const image = values.image ?? (await newestReference());
const root = join(folder, 'www');
await mkdir(root, { recursive: true });
const key = await makeKey();
await writeFile(join(folder, 'key.asc'), key.toPublic().armor());
// The oldest supported start of updates, the current release, and the candidate after it.
for (const [version, clusterSize, ...names] of [
  ['3033.2.4', '32k'],
  ['4459.2.0', '64k', 'current'],
  ['4459.2.1', '128k'],
] as const)
  await publish(root, image, { channel: 'stable', version, folders: [version, ...names], clusterSize }, key);
await mkdir(join(root, 'lts'), { recursive: true });
await writeFile(join(root, 'lts', 'lts-info'), '3510:2023:unsupported\n4081:2024:supported\n');
const server = await serveFolder(root, Number(values.port));
const { port } = server.address() as AddressInfo;
await writeFile(
  join(folder, 'servers.yaml'),
  `schema: 1
servers:
  - name: release
    base: http://127.0.0.1:${port}/{channel}
    folder: "{arch}-usr/{version}"
    nightlies: false
    newest: current
    newestOfStream: current-{year}
    ltsInfo: lts-info
files:
  prefix: flatcar_production_
  manifest: image.json
  images: { qemu: [image.bin.bz2, qemu_uefi_image.img] }
  payloads: [${payloadName}]
keys:
  - { fingerprint: ${key.getFingerprint().toUpperCase()}, name: Example Buildbot, file: key.asc }
`,
);
const policy = join(fileURLToPath(new URL('.', import.meta.url)), 'policy.yaml');
process.stdout.write(
  `--release-servers=${join(folder, 'servers.yaml')} --policy=${policy} --store=${join(folder, 'history.db')}\n`,
);
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => {
    server.closeAllConnections();
    server.close();
  });
