import type { PlatformFlag } from '../../src/core/platform.ts';

/** The token is no flag: it comes from the environment or the configuration file. */
export const flags: readonly PlatformFlag[] = [
  {
    name: 'do-config-file',
    value: 'FILE',
    description: 'JSON file with profiles and their tokens (default ~/.config/digitalocean.json)',
  },
  { name: 'do-profile', value: 'NAME', description: 'profile of that file (default: default)' },
  { name: 'do-region', value: 'NAME', description: 'region (default sfo3)' },
  {
    name: 'do-size',
    value: 'NAMES',
    description: 'sizes of the droplets to try in turn (default s-2vcpu-2gb)',
  },
  {
    name: 'do-image',
    value: 'ID',
    description: 'boot this image (id or slug); --image then only describes it',
  },
  {
    name: 'do-image-url',
    value: 'URL',
    description: 'have the image fetched from this public address; --image then only describes it',
  },
  {
    name: 'do-spaces-bucket',
    value: 'NAME',
    description: 'bucket of Spaces in the region, through which local images go',
  },
  {
    name: 'do-spaces-endpoint',
    value: 'URL',
    description: 'address of a compatible object store instead of Spaces',
  },
  { name: 'do-endpoint', value: 'URL', description: 'address of a compatible API' },
];
