import { join } from 'node:path';
import { imageCacheDir } from '../../../../src/image/cache.ts';
import { buildReferenceImage } from '../../../../src/image/reference/build.ts';
import { UPDATE_PAYLOAD } from '../../../../src/image/reference/manifest.ts';
import { type SimulatedMetal, startMetal } from './index.ts';
import { serveInstaller } from './installer-image.ts';
import { hostAddress, QemuHardware } from './qemu-hardware.ts';

/** A project whose devices are QEMU guests, and what they are installed with. */
export interface RealMetal extends SimulatedMetal {
  /** Flags that `kola run` needs beside the endpoint. */
  readonly flags: readonly string[];
}

export const startRealMetal = async (port = 0): Promise<RealMetal> => {
  const { dir } = await buildReferenceImage({
    arch: 'amd64',
    cacheDir: imageCacheDir(),
    log: line => void process.stderr.write(`${line}\n`),
  });
  const installer = await serveInstaller(join(dir, UPDATE_PAYLOAD));
  const simulated = await startMetal(new QemuHardware(), port);
  const base = `http://${hostAddress}:${installer.port}`;
  return {
    ...simulated,
    flags: [
      `--equinixmetal-sos=${simulated.sos}`,
      `--equinixmetal-serve=${hostAddress}`,
      `--equinixmetal-installer-image-kernel-url=${base}/${installer.names.kernel}`,
      `--equinixmetal-installer-image-cpio-url=${base}/${installer.names.initrd}`,
    ],
    close: async () => {
      await simulated.close();
      await installer.close();
    },
  };
};
