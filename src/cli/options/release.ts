import { resolve } from 'node:path';
import type { OptionSpec } from './spec.ts';

const group = 'Images of releases';
const besideFile = (value: string, folder: string): string => resolve(folder, value);

/** Where images of releases come from and whose signature they must bear. */
export const releaseImageOptions: readonly OptionSpec[] = [
  {
    name: 'release-url',
    value: 'url',
    description: 'base in place of https://{channel}.release.flatcar-linux.net',
    group,
  },
  {
    name: 'bincache-url',
    value: 'url',
    description: 'base in place of https://bincache.flatcar-linux.net',
    group,
  },
  {
    name: 'release-servers',
    value: 'file',
    description: 'layouts, files and keys instead of policy/release-servers.yaml',
    group,
    fromFile: besideFile,
  },
  {
    name: 'image-key',
    value: 'file',
    description: 'public key file; its fingerprint must be pinned all the same',
    group,
    fromFile: besideFile,
  },
  {
    name: 'insecure-image',
    description: 'do not verify signatures: results then count for no channel',
    group,
  },
  {
    name: 'connections',
    value: 'n',
    fallback: '4',
    description: 'ranges that are downloaded at once',
    group,
  },
  {
    name: 'image-cache-size',
    value: 'GiB',
    fallback: '60',
    description: 'after a download, what was used longest ago goes until this is left',
    group,
  },
];
