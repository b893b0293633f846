import { EBSClient } from '@aws-sdk/client-ebs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { STSClient } from '@aws-sdk/client-sts';
import { ApiCalls } from '../../src/cloud/calls.ts';
import type { Clock } from '../../src/core/clock.ts';
import { UsageError } from '../../src/core/errors.ts';
import { faultCodes, readFault } from './faults.ts';
import type { AwsOptions } from './options.ts';

/** The clients of one account and region. */
export interface AwsCloud {
  readonly ec2: EC2Client;
  readonly ebs: EBSClient;
  readonly s3: S3Client;
  readonly sts: STSClient;
  readonly quotas: ServiceQuotasClient;
  readonly scheduler: SchedulerClient;
  readonly calls: ApiCalls;
  readonly region: string;
  /** The bucket of `--aws-bucket`. */
  readonly bucket: string | undefined;
  /** The same when images go through it. */
  readonly importBucket: string | undefined;
  /** The role of `--aws-schedule-role`. */
  readonly scheduleRole: string | undefined;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** Where a ledger entry was made: what `connect` needs to find the place again. */
export const siteKeys = ['region', 'endpoint', 'profile', 'bucket'] as const;

export const siteOf = (options: AwsOptions, region: string): Readonly<Record<string, string>> => ({
  region,
  ...(options.awsEndpoint === undefined ? {} : { endpoint: options.awsEndpoint }),
  ...(options.awsProfile === undefined ? {} : { profile: options.awsProfile }),
  ...(options.awsBucket === undefined ? {} : { bucket: options.awsBucket }),
});

export const connect = async (
  options: AwsOptions,
  tools: { readonly clock: Clock; readonly log: (line: string) => void },
): Promise<AwsCloud> => {
  // The shared configuration is read by the SDK; it has no option for the place of the file.
  if (options.awsCredentialsFile !== undefined)
    process.env.AWS_SHARED_CREDENTIALS_FILE = options.awsCredentialsFile;
  const common = {
    // Retries are ours: they obey the run's signal and are told in its log.
    maxAttempts: 1,
    ...(options.awsRegion === undefined ? {} : { region: options.awsRegion }),
    ...(options.awsEndpoint === undefined ? {} : { endpoint: options.awsEndpoint }),
    ...(options.awsProfile === undefined ? {} : { profile: options.awsProfile }),
  };
  const ec2 = new EC2Client(common);
  const region = await findRegion(ec2);
  return {
    ec2,
    region,
    bucket: options.awsBucket,
    importBucket: options.awsImport === 's3' ? options.awsBucket : undefined,
    scheduleRole: options.awsScheduleRole,
    ebs: new EBSClient({ ...common, region }),
    s3: new S3Client({ ...common, region, forcePathStyle: true }),
    sts: new STSClient({ ...common, region }),
    quotas: new ServiceQuotasClient({ ...common, region }),
    scheduler: new SchedulerClient({ ...common, region }),
    calls: new ApiCalls(
      {
        platform: 'aws',
        account: `${options.awsEndpoint ?? ''}${options.awsProfile ?? ''}/${region}`,
        credentialsHint:
          'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or choose a profile with --aws-profile',
        rate: { perSecond: 50, burst: 100 },
        codes: faultCodes,
        read: readFault,
        ...(options.awsEndpoint === undefined ? {} : { endpoint: options.awsEndpoint }),
      },
      tools.clock,
      tools.log,
    ),
    clock: tools.clock,
    log: tools.log,
  };
};

const findRegion = async (ec2: EC2Client): Promise<string> => {
  try {
    return await ec2.config.region();
  } catch (error) {
    throw new UsageError('aws-region', 'no AWS region was given', {
      hint: 'give --aws-region, set AWS_REGION, or choose a profile that has one',
      cause: error,
    });
  }
};
