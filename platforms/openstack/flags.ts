import { imageFlag, inTurnFlag } from '../../src/cloud/flags.ts';
import type { PlatformFlag } from '../../src/core/platform.ts';

/** Credentials are no flags: they come from clouds.yaml, the variables OS_*, or Go kola's configuration file. */
export const flags: readonly PlatformFlag[] = [
  {
    name: 'openstack-config-file',
    value: 'FILE',
    description: 'a clouds.yaml, or Go kola’s JSON file of profiles (default ~/.config/openstack.json)',
  },
  {
    name: 'openstack-profile',
    value: 'NAME',
    description: 'cloud of clouds.yaml, or profile of the configuration file (default: OS_CLOUD)',
  },
  { name: 'openstack-region', value: 'NAME', description: 'region (default: OS_REGION_NAME)' },
  {
    name: 'openstack-domain',
    value: 'NAME',
    description: 'domain of the user (default: OS_USER_DOMAIN_NAME)',
  },
  imageFlag('openstack-image', 'NAME', ' (id or name)'),
  inTurnFlag('openstack-flavor', 'flavors, by name or id,', 'm1.small'),
  {
    name: 'openstack-network',
    value: 'NAME',
    description: 'network for the machines (default: one is made, with a router)',
  },
  {
    name: 'openstack-floating-ip-pool',
    value: 'NAME',
    description: 'external network that gives each machine a public address (default: the only one there is)',
  },
  {
    name: 'openstack-config-drive',
    description: 'hand user-data over on a config drive, too, for networks without a metadata service',
  },
  { name: 'openstack-endpoint', value: 'URL', description: 'address of Keystone (default: OS_AUTH_URL)' },
];
