import { CreateTagsCommand, GetConsoleOutputCommand } from '@aws-sdk/client-ec2';
import { BaseDriver } from '../../src/cloud/base-driver.ts';
import type { CloudDriver, Launched } from '../../src/cloud/driver.ts';
import { faultOf } from '../../src/cloud/fault.ts';
import { orGone } from '../../src/cloud/or-gone.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { checkRoom } from '../../src/cloud/room.ts';
import { epoch, tagKeys } from '../../src/cloud/tags.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { FlightContext, MachineSize, MachineSpec } from '../../src/core/platform.ts';
import { putConfig } from './bucket.ts';
import { type AwsCloud, siteOf } from './connect.ts';
import { describeImage, findShared, uploadImage } from './image.ts';
import { describeInstance, stateOf } from './instances.ts';
import { kinds } from './kinds.ts';
import { launch, type Site, whyOver } from './launch.ts';
import { createGroup, findGroup, findPlace } from './network.ts';
import type { AwsOptions } from './options.ts';
import { type Examined, examineAccount } from './preflight.ts';
import { postponeEnd } from './schedule.ts';

/** As Flatcar's own pipeline uses them. */
const defaultTypes = { amd64: ['t3.small'], arm64: ['a1.large'] } as const;

/** EC2 and EBS behind the verbs of a cloud flight. */
export class AwsDriver extends BaseDriver<AwsCloud, AwsOptions, Site> implements CloudDriver<AwsCloud> {
  readonly platform = 'aws';
  readonly kinds = kinds;
  readonly userDataLimit = 16_384;
  readonly site: Readonly<Record<string, string>>;
  readonly #types: readonly string[];
  #examined: Examined | undefined;

  constructor(cloud: AwsCloud, options: AwsOptions, context: FlightContext) {
    super(cloud, options, context, options.awsEndpoint);
    this.#types = options.awsType ?? defaultTypes[context.arch];
    this.site = siteOf(options, cloud.region);
  }

  get defaultSize(): MachineSize {
    return this.#examined?.size ?? { memoryMiB: 2048, vcpus: 2 };
  }

  get machineLimit(): number {
    return this.#examined?.room ?? Number.POSITIVE_INFINITY;
  }

  async preflight(signal: AbortSignal): Promise<PreflightReport> {
    const { arch, machinesAtOnce } = this.context;
    const plan = { types: this.#types, arch, machines: machinesAtOnce, image: this.options.awsAmi };
    this.#examined = await examineAccount(this.cloud, plan, signal);
    return this.#examined.report;
  }

  async prepare(owner: Owner, signal: AbortSignal): Promise<void> {
    const runner = await this.runner(signal);
    const place = await findPlace(this.cloud, this.options, signal);
    const image = await this.#image(owner, signal);
    const described = await describeImage(this.cloud, image, signal);
    const wanted = this.context.arch === 'arm64' ? 'arm64' : 'x86_64';
    if (described?.Architecture !== wanted)
      throw new UsageError(
        'image-arch',
        `expected an image for ${wanted}, found ${image} for ${described?.Architecture ?? 'nothing known'}`,
      );
    const { awsSg } = this.options;
    const group =
      awsSg === undefined
        ? await createGroup(this.cloud, place.vpc, runner, owner, signal)
        : await findGroup(this.cloud, awsSg, place.vpc, signal);
    const root = described.BlockDeviceMappings?.find(
      ({ DeviceName }) => DeviceName === described.RootDeviceName,
    );
    this.shared = {
      image,
      group,
      rootDevice: described.RootDeviceName ?? '/dev/xvda',
      rootGib: root?.Ebs?.VolumeSize ?? 8,
      subnets: place.subnets,
      types: this.#types,
    };
  }

  async #image(owner: Owner, signal: AbortSignal): Promise<string> {
    const { image, stateDir, log } = this.context;
    if (this.options.awsAmi !== undefined) return this.options.awsAmi;
    const shared = await findShared(this.cloud, image, signal);
    if (shared?.ImageId !== undefined) {
      log(`Using ${shared.ImageId}, which was uploaded before`);
      return shared.ImageId;
    }
    return uploadImage(this.cloud, image, owner, stateDir, signal);
  }

  launch(spec: MachineSpec, userData: string, owner: Owner, signal: AbortSignal): Promise<Launched> {
    const { memoryMiB } = this.defaultSize;
    checkRoom(spec, { code: 'aws-size', names: this.#types, memoryMiB, flag: '--aws-type' });
    return launch(this.cloud, this.options, this.shared, spec, userData, owner, signal);
  }

  /** The newest output where the type can show it (Nitro), else what was kept from the boot. */
  async readConsole({ platformId }: Launched, signal: AbortSignal): Promise<string> {
    try {
      return await this.#console(platformId, true, signal);
    } catch (error) {
      if (faultOf(error)?.code !== 'UnsupportedOperation') throw error;
      return this.#console(platformId, false, signal);
    }
  }

  async #console(id: string, latest: boolean, signal: AbortSignal): Promise<string> {
    const { Output = '' } = await this.cloud.calls.call('ec2 GetConsoleOutput', signal, own =>
      this.cloud.ec2.send(
        new GetConsoleOutputCommand({ InstanceId: id, ...(latest ? { Latest: true } : {}) }),
        { abortSignal: own },
      ),
    );
    return Buffer.from(Output, 'base64').toString('utf8');
  }

  gone({ platformId }: Launched, signal: AbortSignal): Promise<string | undefined> {
    return orGone(async () => {
      const instance = await describeInstance(this.cloud, platformId, signal);
      if (instance === undefined) return 'not there any more';
      return ['running', 'pending'].includes(stateOf(instance)) ? undefined : whyOver(instance);
    });
  }

  /** Machines with an instance profile may read a bucket that is not public; Ignition knows `s3://`. */
  get publish(): CloudDriver<AwsCloud>['publish'] {
    const { awsBucket, awsIamProfile } = this.options;
    if (awsBucket === undefined || awsIamProfile === undefined) return undefined;
    return (text, owner, signal) => putConfig(this.cloud, awsBucket, text, owner, signal);
  }

  async renew(expires: number, signal: AbortSignal): Promise<void> {
    // Objects in buckets have metadata, which stays as it is; they are needed for minutes only.
    const entries = this.context.ledger.open().filter(({ kind }) => kind !== 'bucket-object');
    const ids = (isMine: (kind: string) => boolean): string[] =>
      entries.flatMap(({ kind, id }) => (isMine(kind) ? (id ?? []) : []));
    const schedules = ids(kind => kind === 'schedule');
    // One that resists holds up no other: its machine alone is terminated then.
    const ends = await Promise.allSettled([
      this.#renewTags(
        ids(kind => kind !== 'schedule'),
        expires,
        signal,
      ),
      ...schedules.map(name => postponeEnd(this.cloud, name, expires, signal)),
    ]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  async #renewTags(ids: string[], expires: number, signal: AbortSignal): Promise<void> {
    if (ids.length === 0) return;
    await this.cloud.calls.call('ec2 CreateTags', signal, own =>
      this.cloud.ec2.send(
        new CreateTagsCommand({
          Resources: ids,
          Tags: [{ Key: tagKeys.expires, Value: epoch(expires) }],
        }),
        { abortSignal: own },
      ),
    );
  }
}
