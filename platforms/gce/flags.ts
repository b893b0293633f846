import { endpointFlag, imageFlag, inTurnFlag } from '../../src/cloud/flags.ts';
import type { PlatformFlag } from '../../src/core/platform.ts';

/** Credentials are no flags: they come from Application Default Credentials. */
export const flags: readonly PlatformFlag[] = [
  {
    name: 'gce-project',
    value: 'NAME',
    description: 'project (default: GOOGLE_CLOUD_PROJECT, or that of the credentials)',
  },
  inTurnFlag('gce-zone', 'zones of one region', 'us-central1-a'),
  imageFlag('gce-image', 'NAME', ' or family'),
  inTurnFlag('gce-machinetype', 'machine types', 'n1-standard-2, on arm64 t2a-standard-2'),
  { name: 'gce-disktype', value: 'NAME', description: 'type of the disks (default pd-ssd)' },
  { name: 'gce-network', value: 'NAME', description: 'network of the machines (default: default)' },
  { name: 'gce-gvnic', description: 'gVNIC network cards instead of virtio ones' },
  { name: 'gce-json-key', value: 'FILE', description: 'key file of a service account' },
  {
    name: 'gce-service-auth',
    description: 'accepted: the account of the machine that kola runs on is found without it',
    effective: false,
  },
  endpointFlag('gce-endpoint', ', for Compute and Storage'),
];
