import type { PlatformFlag } from '../core/platform.ts';

/** Flags that clouds have alike, each under the name that its cloud has for it. */

/** Types, zones or places: where there is no room, the next one is tried. */
export const inTurnFlag = (name: string, what: string, otherwise: string): PlatformFlag => ({
  name,
  value: 'NAMES',
  description: `${what} to try in turn (default ${otherwise})`,
});

/** An image that is there; `which` says what else can be named than an image, or how. */
export const imageFlag = (name: string, value: 'ID' | 'NAME', which = ''): PlatformFlag => ({
  name,
  value,
  description: `boot this image${which}; --image then only describes it`,
});

export const endpointFlag = (name: string, which = ''): PlatformFlag => ({
  name,
  value: 'URL',
  description: `address of a compatible API${which}`,
});
