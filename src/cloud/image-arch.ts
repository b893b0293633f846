import { UsageError } from '../core/errors.ts';
import type { FlightContext } from '../core/platform.ts';

/** Throws when the image is not for the machines of the flight. */
export const checkImageArch = ({ arch, image }: Pick<FlightContext, 'arch' | 'image'>): void => {
  if (image.manifest.arch !== arch)
    throw new UsageError(
      'image-arch',
      `expected an image for ${arch}, found one for ${image.manifest.arch}: ${image.disk}`,
    );
};
