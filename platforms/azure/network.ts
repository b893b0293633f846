import type { Tags } from '../../src/cloud/tags.ts';
import { ProvisioningError } from '../../src/core/errors.ts';
import type { AzureCloud } from './connect.ts';

/** A network for the run: SSH from the runner only, and everything between its own machines. Resolves to the subnet. */
export const createNetwork = async (
  { network, calls, location, lookEvery }: AzureCloud,
  group: string,
  tags: Tags,
  runner: string,
  signal: AbortSignal,
): Promise<{ readonly subnet: string; readonly securityGroup: string }> => {
  const rule = {
    name: 'ssh',
    priority: 1000,
    direction: 'Inbound',
    access: 'Allow',
    protocol: 'Tcp',
    sourceAddressPrefix: runner,
    sourcePortRange: '*',
    destinationAddressPrefix: '*',
    destinationPortRange: '22',
  };
  const request = { location, tags: { ...tags }, securityRules: [rule] };
  const { id: securityGroup } = await calls.call(
    'network networkSecurityGroups.createOrUpdate',
    signal,
    own =>
      network.networkSecurityGroups.beginCreateOrUpdateAndWait(group, 'kola', request, {
        abortSignal: own,
        updateIntervalInMs: lookEvery,
      }),
  );
  const parameters = {
    location,
    tags: { ...tags },
    addressSpace: { addressPrefixes: ['10.77.0.0/16'] },
    subnets: [
      {
        name: 'kola',
        addressPrefix: '10.77.0.0/16',
        networkSecurityGroup: { id: needed(securityGroup, 'a security group') },
      },
    ],
  };
  const made = await calls.call('network virtualNetworks.createOrUpdate', signal, own =>
    network.virtualNetworks.beginCreateOrUpdateAndWait(group, 'kola', parameters, {
      abortSignal: own,
      updateIntervalInMs: lookEvery,
    }),
  );
  return {
    subnet: needed(made.subnets?.[0]?.id, 'a subnet'),
    securityGroup: needed(securityGroup, 'a security group'),
  };
};

/** The SDK takes every field of an answer for optional; without it nothing can go on. */
export const needed = (text: string | undefined, what: string): string => {
  if (text !== undefined && text !== '') return text;
  throw new ProvisioningError(
    'azure-answer',
    `expected the id of ${what} in the answer of Azure, found none`,
  );
};

const parts = (id: string): { readonly group: string; readonly name: string } => {
  const fields = id.split('/');
  return { group: fields[4] ?? '', name: fields.at(-1) ?? '' };
};

/** The addresses of a network card; undefined while they are not there. */
export const addressesOf = async (
  { network, calls }: AzureCloud,
  card: string,
  signal: AbortSignal,
): Promise<{ readonly publicAddress: string; readonly privateAddress: string } | undefined> => {
  const { group, name } = parts(card);
  const { ipConfigurations = [] } = await calls.call('network networkInterfaces.get', signal, own =>
    network.networkInterfaces.get(group, name, { abortSignal: own }),
  );
  const [first] = ipConfigurations;
  const { privateIPAddress, publicIPAddress } = first ?? {};
  if (privateIPAddress === undefined || publicIPAddress?.id === undefined) return undefined;
  const address = parts(publicIPAddress.id);
  const { ipAddress } = await calls.call('network publicIPAddresses.get', signal, own =>
    network.publicIPAddresses.get(address.group, address.name, { abortSignal: own }),
  );
  return ipAddress === undefined ? undefined : { publicAddress: ipAddress, privateAddress: privateIPAddress };
};
