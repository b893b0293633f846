import { endpointFlag, imageFlag, inTurnFlag } from '../../src/cloud/flags.ts';
import type { PlatformFlag } from '../../src/core/platform.ts';

/** Credentials are no flags: they come from the SDK's default chain. */
export const flags: readonly PlatformFlag[] = [
  { name: 'aws-region', value: 'NAME', description: 'region (default: AWS_REGION, or the profile)' },
  { name: 'aws-profile', value: 'NAME', description: 'profile of the shared configuration' },
  {
    name: 'aws-credentials-file',
    value: 'FILE',
    description: 'shared credentials file instead of ~/.aws/credentials',
  },
  imageFlag('aws-ami', 'ID'),
  inTurnFlag('aws-type', 'instance types', 't3.small, on arm64 a1.large'),
  { name: 'aws-sg', value: 'NAME', description: 'existing security group instead of one for the run' },
  { name: 'aws-iam-profile', value: 'NAME', description: 'instance profile of the machines' },
  {
    name: 'aws-subnets',
    value: 'IDS',
    description: 'subnets to try in turn (default: those of the default VPC)',
  },
  {
    name: 'aws-import',
    value: 'ebs|s3',
    description: 'how images are uploaded: straight into a snapshot (default), or through a bucket',
  },
  { name: 'aws-bucket', value: 'NAME', description: 'bucket for --aws-import=s3 and for large user-data' },
  {
    name: 'aws-schedule-role',
    value: 'ARN',
    description: 'have a schedule of EventBridge, in this role, terminate machines when the lease ends',
  },
  endpointFlag('aws-endpoint', ', for all services'),
];
