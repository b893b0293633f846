/** The reference guest made for another platform: the same disk with another word in its OEM partition. */
import { copyFile, link, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HarnessError } from '../../core/errors.ts';
import type { ImageManifest } from '../../core/image.ts';
import { hashFile } from '../digest.ts';
import type { Arch } from './arch.ts';
import type { BuiltImage } from './build.ts';
import { exists, makeOnce } from './draft.ts';
import { partitionNumbered, SECTOR } from './layout.ts';
import { recipeDir } from './recipe.ts';
import { runTool } from './run-tool.ts';

const OEM = 6;

/**
 * The variant of a built image for `oem`, from the cache when it is there. Only the contents of one small file differ,
 * in place and with the same length, so that no file system has to be written.
 */
export async function oemVariant(image: BuiltImage, oem: string, signal?: AbortSignal): Promise<BuiltImage> {
  if (!/^[a-z]{1,20}$/.test(oem)) throw new TypeError(`no platform id: ${oem}`);
  const dir = `${image.dir}-${oem}`;
  const variant = { dir, disk: join(dir, 'disk.img'), manifest: join(dir, 'image.json') };
  const finished = (): Promise<boolean> => exists(variant.manifest);
  const built = await makeOnce(dir, { finished, signal }, async draft => {
    const disk = join(draft, 'disk.img');
    await runTool('cp', ['--sparse=always', '--reflink=auto', image.disk, disk], { signal });
    const manifest: ImageManifest = JSON.parse(await readFile(image.manifest, 'utf8'));
    const shown = consoleOf(oem, manifest.arch);
    await patchOem(disk, oem, shown);
    // An update brings /usr and its kernel: it is the same for all platforms.
    const payload = manifest.updatePayload?.file;
    if (payload !== undefined) await share(join(image.dir, payload), join(draft, payload));
    const own = {
      ...manifest,
      title: `${manifest.title} for ${oem}`,
      disk: { ...manifest.disk, sha256: await hashFile(disk, signal) },
      ...(shown === undefined ? {} : { bootLog: { ...manifest.bootLog, console: shown } }),
    };
    await writeFile(join(draft, 'image.json'), `${JSON.stringify(own, null, 2)}\n`);
  });
  return { ...variant, built };
}

/** The same file under another name, or a copy where the file system has no links. */
const share = (from: string, to: string): Promise<void> => link(from, to).catch(() => copyFile(from, to));

async function patchOem(disk: string, oem: string, shown: string | undefined): Promise<void> {
  const original = await readFile(join(recipeDir(), 'boot', 'oem-grub.cfg'));
  const { firstSector, sectors } = partitionNumbered(OEM);
  const file = await open(disk, 'r+');
  try {
    const partition = Buffer.alloc(sectors * SECTOR);
    await file.read(partition, 0, partition.length, firstSector * SECTOR);
    const at = partition.indexOf(original);
    if (at < 0)
      throw new HarnessError(
        'oem-file',
        `the OEM partition of ${disk} does not hold the grub.cfg of the recipe`,
      );
    const patched = oemConfig(oem, original.length, shown);
    await file.write(patched, 0, patched.length, firstSector * SECTOR + at);
  } finally {
    await file.close();
  }
}

/** The console that a platform shows, where it is not the first serial line. On arm64 firmware tells the kernel. */
function consoleOf(oem: string, arch: Arch): string | undefined {
  return oem === 'packet' && arch === 'amd64' ? 'ttyS1' : undefined;
}

/** `grub.cfg` of the OEM partition for a platform, `length` bytes long; `shown` is the console instead of the default one. */
export function oemConfig(oem: string, length: number, shown?: string): Buffer {
  const consoles = shown === undefined ? '' : `set linux_console="console=${shown},115200n8"\n`;
  const text = `set oem_id="${oem}"\nset linux_append=""\n${consoles}`;
  if (text.length + 1 > length) throw new TypeError(`the name ${oem} is too long`);
  return Buffer.from(`${text}${'#'.repeat(length - text.length - 1)}\n`);
}
