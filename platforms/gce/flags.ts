import type { PlatformFlag } from '../../src/core/platform.ts';

/** Credentials are no flags: they come from Application Default Credentials. */
export const flags: readonly PlatformFlag[] = [
  {
    name: 'gce-project',
    value: 'NAME',
    description: 'project (default: GOOGLE_CLOUD_PROJECT, or that of the credentials)',
  },
  {
    name: 'gce-zone',
    value: 'NAMES',
    description: 'zones of one region to try in turn (default us-central1-a)',
  },
  {
    name: 'gce-image',
    value: 'NAME',
    description: 'boot this image or family; --image then only describes it',
  },
  {
    name: 'gce-machinetype',
    value: 'NAMES',
    description: 'machine types to try in turn (default n1-standard-2, on arm64 t2a-standard-2)',
  },
  { name: 'gce-disktype', value: 'NAME', description: 'type of the disks (default pd-ssd)' },
  { name: 'gce-network', value: 'NAME', description: 'network of the machines (default: default)' },
  { name: 'gce-gvnic', description: 'gVNIC network cards instead of virtio ones' },
  { name: 'gce-json-key', value: 'FILE', description: 'key file of a service account' },
  {
    name: 'gce-service-auth',
    description: 'accepted: the account of the machine that kola runs on is found without it',
    effective: false,
  },
  { name: 'gce-endpoint', value: 'URL', description: 'address of a compatible API, for Compute and Storage' },
];
