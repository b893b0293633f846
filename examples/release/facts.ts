import type { ReleaseFacts } from '../../src/core/release-facts.ts';
import type { Arch } from '../../src/core/target.ts';
import { syntheticDigest } from './synthetic.ts';

const day = 86_400_000;

/** Images of a version: the real one that was booted (the candidate's, on QEMU), and made-up ones for the others. */
export const factsOf = (
  version: string,
  age: number | undefined,
  real?: { readonly arch: Arch; readonly digest: string },
): ReleaseFacts => {
  const images = (arch: Arch, platforms: readonly string[]) =>
    platforms.map(platform => ({
      platform,
      file: `synthetic_${platform}_${arch}.img`,
      digest: syntheticDigest(platform, arch, version),
      size: 500_000_000,
      signature: { verified: true, key: 'synthetic' },
    }));
  const booted = real === undefined ? [] : [{ platform: 'qemu', file: 'disk.img', digest: real.digest }];
  return {
    schema: 1,
    channel: 'reference',
    version,
    ...(age === undefined ? {} : { releasedAt: new Date(Date.now() - age * day).toISOString() }),
    arches: {
      amd64: {
        images: [...(real?.arch === 'amd64' ? booted : []), ...images('amd64', ['aws', 'azure', 'vmware'])],
      },
      arm64: { images: [...(real?.arch === 'arm64' ? booted : []), ...images('arm64', ['aws'])] },
    },
  };
};
