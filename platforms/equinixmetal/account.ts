import { collectorOf } from '../../src/cloud/gc.ts';
import type { CloudAccount, ImageStore } from '../../src/core/cloud-account.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { AccountContext } from '../../src/core/platform.ts';
import { connect, endpointOf, refuseSunset } from './connect.ts';
import { kinds } from './kinds.ts';
import type { MetalOptions } from './options.ts';

export const openAccount = async (context: AccountContext): Promise<CloudAccount> => {
  // Parsed by the caller.
  const options = context.options as MetalOptions;
  refuseSunset(endpointOf(options));
  return { ...collectorOf(await connect(options, context), kinds), images: noImages };
};

/** Every device installs the image from the run itself, or from --equinixmetal-image-url. */
const noImages: ImageStore = {
  upload: async () => {
    throw new UsageError('no-image-store', 'Equinix Metal keeps no images: devices install them', {
      hint: 'put the bzip2 of the disk on a web server and name it with --equinixmetal-image-url',
    });
  },
  list: async () => [],
  delete: async () => false,
};
