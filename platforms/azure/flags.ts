import { endpointFlag, imageFlag, inTurnFlag } from '../../src/cloud/flags.ts';
import type { PlatformFlag } from '../../src/core/platform.ts';

/** Credentials are no flags: they come from the SDK's default chain. */
export const flags: readonly PlatformFlag[] = [
  { name: 'azure-subscription', value: 'ID', description: 'subscription (default: AZURE_SUBSCRIPTION_ID)' },
  { name: 'azure-location', value: 'NAME', description: 'location (default westeurope)' },
  inTurnFlag('azure-size', 'sizes', 'Standard_D2s_v6, on arm64 Standard_D2pls_v6'),
  imageFlag('azure-disk-uri', 'ID', ' or gallery image version'),
  {
    name: 'azure-publisher',
    value: 'NAME',
    description: 'publisher of a marketplace image (default kinvolk)',
  },
  {
    name: 'azure-offer',
    value: 'NAME',
    description: 'offer of a marketplace image (default flatcar-container-linux-free)',
  },
  {
    name: 'azure-sku',
    value: 'NAME',
    description: 'boot a marketplace image of this SKU: alpha, beta, stable …',
  },
  {
    name: 'azure-version',
    value: 'VERSION',
    description: 'version of the marketplace image (default latest)',
  },
  {
    name: 'azure-hyper-v-generation',
    value: 'V1|V2',
    description: 'generation of the virtual machines (default V2)',
  },
  {
    name: 'azure-use-gallery',
    description: 'make a gallery image; arm64, trusted launch and NVMe imply it',
  },
  { name: 'azure-disk-controller', value: 'NAME', description: 'nvme or scsi (default: what the size has)' },
  { name: 'azure-trusted-launch', description: 'trusted launch with a TPM; secure boot stays off' },
  { name: 'azure-vm-identity', value: 'ID', description: 'managed identity of the machines' },
  endpointFlag('azure-endpoint', ' (https)'),
  {
    name: 'azure-ca-file',
    value: 'FILE',
    description: 'certificate authority of a compatible API, in PEM',
  },
];
