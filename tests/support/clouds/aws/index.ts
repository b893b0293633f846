import { type Effect, Tap } from '../faults.ts';
import type { GuestHost } from '../guests.ts';
import { type SimAnswer, type SimRequest, type SimServer, serve } from '../server.ts';
import { ec2Refusal } from './answers.ts';
import { trafficCheck } from './check.ts';
import { Ebs, ebsActionOf, ebsRefusal } from './ebs.ts';
import { callerIdentity, Ec2 } from './ec2.ts';
import { ImportTasks } from './import-tasks.ts';
import { bucketName, S3, s3ActionOf, s3Refusal } from './s3.ts';
import { Scheduler, schedulerActionOf, schedulerRefusal } from './scheduler.ts';
import { quotasActionOf, quotasRefusal, ServiceQuotas } from './service-quotas.ts';
import { region, standardQuota } from './state.ts';

/** What the simulator takes for valid credentials; put it into the environment. */
export const simulatedCredentials = {
  AWS_ACCESS_KEY_ID: 'AKIASIMULATEDSIMULAT',
  AWS_SECRET_ACCESS_KEY: 'simulated/secret/that/must/not/appear/any',
  AWS_REGION: region,
  // No look at this machine's own files and metadata.
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/nonexistent',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
} as const;

/** A region of AWS: EC2, EBS direct, one bucket of S3, STS, Service Quotas and EventBridge Scheduler on one port, as `--aws-endpoint` wants it. */
export interface SimulatedAws {
  readonly url: string;
  readonly tap: Tap;
  readonly ec2: Ec2;
  readonly s3: S3;
  readonly scheduler: Scheduler;
  close(): Promise<void>;
}

export const startAws = async (guests: GuestHost, port = 0): Promise<SimulatedAws> => {
  const ec2 = new Ec2(guests);
  const ebs = new Ebs(ec2);
  const s3 = new S3();
  const quotas = new ServiceQuotas(() => new Map([[standardQuota, ec2.settings.vcpus]]));
  const scheduler = new Scheduler(ec2);
  const imports = new ImportTasks(ec2, s3);
  ec2.imports = imports;
  const check = trafficCheck();
  const tap = new Tap({
    actionOf,
    refuse,
    ...(check === undefined ? {} : { check }),
    handle: async (request, action) => {
      if (!(request.headers.authorization ?? '').includes(simulatedCredentials.AWS_ACCESS_KEY_ID))
        return refuse('credentials', request);
      const [api] = action.split(' ');
      if (api === 'sts') return callerIdentity();
      if (api === 'scheduler') return scheduler.handle(request);
      if (api === 's3') return s3.handle(request);
      if (api === 'servicequotas') return quotas.handle(request);
      return api === 'ebs' ? ebs.handle(request) : ec2.handle(request);
    },
  });
  const server: SimServer = await serve(tap.handler, { port });
  return {
    url: server.url,
    tap,
    ec2,
    s3,
    scheduler,
    close: async () => {
      await server.close();
      await guests.close();
      ebs.close();
      imports.close();
    },
  };
};

const actionOf = (request: SimRequest): string => {
  const quotasAction = quotasActionOf(request);
  if (quotasAction !== undefined) return `servicequotas ${quotasAction}`;
  const schedulerAction = schedulerActionOf(request);
  if (schedulerAction !== undefined) return `scheduler ${schedulerAction}`;
  if (request.url.pathname.startsWith('/snapshots')) return `ebs ${ebsActionOf(request)}`;
  if (request.url.pathname !== '/') return `s3 ${s3ActionOf(request)}`;
  const form = new URLSearchParams(request.body.toString('utf8'));
  const action = form.get('Action') ?? 'Unknown';
  return form.get('Version') === '2011-06-15' ? `sts ${action}` : `ec2 ${action}`;
};

const words: Readonly<Partial<Record<Effect, readonly [status: number, code: string, ebsName: string]>>> = {
  throttle: [503, 'RequestLimitExceeded', 'RequestThrottledException'],
  capacity: [500, 'InsufficientInstanceCapacity', 'ServiceQuotaExceededException'],
  quota: [400, 'VcpuLimitExceeded', 'ServiceQuotaExceededException'],
  credentials: [401, 'AuthFailure', 'UnrecognizedClientException'],
  permission: [403, 'UnauthorizedOperation', 'AccessDeniedException'],
  'server-error': [500, 'InternalError', 'InternalServerException'],
};

const refuse = (effect: Effect, request: SimRequest): SimAnswer => {
  if (quotasActionOf(request) !== undefined) return quotasRefusal(effect);
  const [status, code, ebsName] = words[effect] ?? [500, 'InternalError', 'InternalServerException'];
  const message = `simulated ${effect}`;
  if (schedulerActionOf(request) !== undefined)
    return effect === 'throttle'
      ? schedulerRefusal(429, 'ThrottlingException', message)
      : schedulerRefusal(status, ebsName, message);
  if (request.url.pathname.startsWith(`/${bucketName}`)) return s3Refusal(status, code, message);
  return request.url.pathname.startsWith('/snapshots')
    ? ebsRefusal(effect === 'throttle' ? 400 : status, ebsName, message)
    : ec2Refusal(code, message, status);
};
