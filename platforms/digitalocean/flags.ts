import { endpointFlag, imageFlag, inTurnFlag } from '../../src/cloud/flags.ts';
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
  inTurnFlag('do-size', 'sizes of the droplets', 's-2vcpu-2gb'),
  imageFlag('do-image', 'ID', ' (id or slug)'),
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
  endpointFlag('do-endpoint'),
];
