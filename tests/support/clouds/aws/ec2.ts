import { rmSync } from 'node:fs';
import type { GuestHost } from '../guests.ts';
import type { SimAnswer, SimRequest } from '../server.ts';
import { Ec2Error, ec2Refusal, xmlAnswer } from './answers.ts';
import { metadataService } from './imds.ts';
import { type Params, readParams, readTags, toXml, type Xml } from './query.ts';
import {
  account,
  type Image,
  type Instance,
  instanceTypes,
  type KeyPair,
  newId,
  region,
  type SecurityGroup,
  type Snapshot,
  subnets,
  type Tags,
  type Thing,
  type Volume,
  vpc,
} from './state.ts';

/** The calls about import tasks; they have a file of their own. */
export interface SnapshotImports {
  start(params: Params): Promise<Xml>;
  describe(params: Params): Xml;
  cancel(params: Params): Xml;
}

export interface Ec2Settings {
  /** Describing calls that do not find a new thing yet. */
  lag: number;
  /** Milliseconds that an instance is pending, and shutting down. */
  pace: number;
  /** Most items of a page. */
  pageSize: number;
  /** The quota of vCPUs of running On-Demand instances. */
  vcpus: number;
}

type Action = (params: Params) => Promise<Xml> | Xml;

const tagItems = (tags: Tags): Xml => [...tags].map(([key, value]) => ({ key, value }));

/** A region of EC2 as far as kola uses it: state, idempotency, eventual consistency, and machines that run. */
export class Ec2 {
  readonly things = new Map<string, Thing>();
  /** Tags of what is not among the things: import tasks. */
  readonly taggable = new Map<string, Tags>();
  imports: SnapshotImports | undefined;
  readonly settings: Ec2Settings = { lag: 0, pace: 0, pageSize: 1000, vcpus: 64 };
  readonly #guests: GuestHost;
  /** ClientToken → fingerprint of the request and the id. */
  readonly #tokens = new Map<string, { readonly request: string; readonly id: string }>();

  constructor(guests: GuestHost) {
    this.#guests = guests;
  }

  readonly handle = async (request: SimRequest): Promise<SimAnswer> => {
    const form = new Map(new URLSearchParams(request.body.toString('utf8')));
    const name = form.get('Action') ?? '';
    const action = this.#actions[name];
    try {
      if (action === undefined) throw new Ec2Error('InvalidAction', `The action ${name} is not valid`);
      const result = await action.call(this, readParams(form));
      const body = toXml(typeof result === 'object' ? { requestId: 'r-1', ...result } : { requestId: 'r-1' });
      return xmlAnswer(
        200,
        `<${name}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${body}</${name}Response>`,
      );
    } catch (error) {
      if (!(error instanceof Ec2Error)) throw error;
      return ec2Refusal(error.code, error.message, error.status);
    }
  };

  readonly #actions: Readonly<Record<string, Action>> = {
    DescribeVpcs: () => ({ vpcSet: [{ vpcId: vpc, isDefault: true, state: 'available' }] }),
    DescribeSubnets: params => this.#describeSubnets(params),
    DescribeInstanceTypes: params => this.#describeInstanceTypes(params),
    CreateSecurityGroup: params => this.#createSecurityGroup(params),
    AuthorizeSecurityGroupIngress: params => this.#authorize(params),
    DescribeSecurityGroups: params =>
      this.#list(params, 'security-group', 'GroupId', 'securityGroupInfo', groupXml),
    DeleteSecurityGroup: params => this.#deleteSecurityGroup(params),
    ImportKeyPair: params => this.#importKeyPair(params),
    DescribeKeyPairs: params => this.#list(params, 'key-pair', 'KeyPairId', 'keySet', keyXml),
    DeleteKeyPair: params => this.#deleteKeyPair(params),
    RegisterImage: params => this.#registerImage(params),
    DescribeImages: params => this.#list(params, 'image', 'ImageId', 'imagesSet', imageXml),
    DeregisterImage: params => this.#remove(params.text('ImageId'), 'image', 'InvalidAMIID.NotFound'),
    DescribeSnapshots: params => this.#list(params, 'snapshot', 'SnapshotId', 'snapshotSet', snapshotXml),
    DeleteSnapshot: params => this.#deleteSnapshot(params),
    DescribeVolumes: params => this.#list(params, 'volume', 'VolumeId', 'volumeSet', volumeXml),
    DeleteVolume: params => this.#deleteVolume(params),
    RunInstances: params => this.#runInstances(params),
    DescribeInstances: params => this.#describeInstances(params),
    TerminateInstances: params => this.#terminateInstances(params),
    GetConsoleOutput: params => this.#consoleOutput(params),
    RebootInstances: async params => {
      for (const id of params.texts('InstanceId')) await this.#instance(id).guest?.reboot();
      return { return: true };
    },
    ImportSnapshot: async params => (await this.imports?.start(params)) ?? {},
    DescribeImportSnapshotTasks: params => this.imports?.describe(params) ?? {},
    CancelImportTask: params => this.imports?.cancel(params) ?? {},
    CreateTags: params => this.#createTags(params),
  };

  /** Everything that exists, in words. */
  census(): readonly string[] {
    this.#settle();
    return [...this.things.values()]
      .filter(thing => !(isInstance(thing) && ['terminated', 'shutting-down'].includes(thing.state)))
      .map(({ kind, id }) => `${kind} ${id}`)
      .sort();
  }

  add<T extends Thing>(thing: T): T {
    this.things.set(thing.id, thing);
    return thing;
  }

  /** Answers a repeated request with what the first one made. */
  once(token: string | undefined, request: string, make: () => Promise<string>): Promise<string> {
    return this.#once(token, request, make);
  }

  async #once(token: string | undefined, request: string, make: () => Promise<string>): Promise<string> {
    const known = token === undefined ? undefined : this.#tokens.get(token);
    if (known !== undefined) {
      if (known.request !== request)
        throw new Ec2Error('IdempotentParameterMismatch', 'The token was used for another request');
      return known.id;
    }
    const id = await make();
    if (token !== undefined) this.#tokens.set(token, { request, id });
    return id;
  }

  #of<T extends Thing>(kind: string): readonly T[] {
    this.#settle();
    // The kind says which of the types of state.ts it is.
    return [...this.things.values()].filter(thing => thing.kind === kind) as unknown as readonly T[];
  }

  /** Lets instances go on to their next state when it is time. */
  #settle(): void {
    const now = performance.now();
    for (const thing of this.things.values()) {
      if (!isInstance(thing) || now < thing.until) continue;
      if (thing.state === 'pending' && thing.guest !== undefined) thing.state = 'running';
      if (thing.state === 'shutting-down') thing.state = 'terminated';
    }
  }

  #list<T extends Thing>(
    params: Params,
    kind: string,
    idName: string,
    element: string,
    render: (thing: T) => Xml,
  ): Xml {
    const all = this.#of<T>(kind);
    const ids = params.texts(idName);
    const names = params.texts('KeyName');
    for (const id of ids) this.#visible(id, kind);
    const matching = all
      .filter(thing => ids.length === 0 || ids.includes(thing.id))
      .filter(thing => names.length === 0 || names.includes(attribute(thing, 'key-name')))
      .filter(thing => thing.hidden-- <= 0)
      .filter(thing => params.list('Filter').every(filter => matches(thing, filter)));
    return this.#page(params, matching.map(render), element);
  }

  #page(params: Params, items: readonly Xml[], element: string): Xml {
    const start = Number(params.text('NextToken') ?? 0);
    const size = Math.min(this.settings.pageSize, Number(params.text('MaxResults') ?? 1000));
    const next = start + size < items.length ? String(start + size) : undefined;
    return { [element]: items.slice(start, start + size), nextToken: next };
  }

  #visible(id: string, kind: string): void {
    const thing = this.things.get(id);
    if (thing !== undefined && thing.hidden <= 0) return;
    if (thing !== undefined) thing.hidden -= 1;
    throw notFound(kind, id);
  }

  #describeSubnets(params: Params): Xml {
    const ids = params.texts('SubnetId');
    for (const id of ids)
      if (!subnets.some(subnet => subnet.id === id))
        throw new Ec2Error('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
    return {
      subnetSet: subnets
        .filter(subnet => ids.length === 0 || ids.includes(subnet.id))
        .map(subnet => ({
          subnetId: subnet.id,
          vpcId: vpc,
          availabilityZone: subnet.zone,
          defaultForAz: true,
        })),
    };
  }

  #describeInstanceTypes(params: Params): Xml {
    const asked = params.texts('InstanceType');
    for (const type of asked)
      if (instanceTypes[type] === undefined)
        throw new Ec2Error(
          'InvalidInstanceType',
          `The following supplied instance types do not exist: [${type}]`,
        );
    if (asked.length > 0) return { instanceTypeSet: asked.map(typeXml) };
    const matching = Object.keys(instanceTypes).filter(type =>
      params
        .list('Filter')
        .every(filter => filter.text('Name') === 'instance-type' && filter.texts('Value').includes(type)),
    );
    return this.#page(params, matching.map(typeXml), 'instanceTypeSet');
  }

  #createSecurityGroup(params: Params): Xml {
    if (params.text('DryRun') === 'true')
      throw new Ec2Error('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
    const name = params.text('GroupName') ?? '';
    if (this.#of<SecurityGroup>('security-group').some(group => group.name === name))
      throw new Ec2Error('InvalidGroup.Duplicate', `The security group '${name}' already exists`);
    const { id } = this.add<SecurityGroup>({
      kind: 'security-group',
      id: newId('sg'),
      name,
      vpc: params.text('VpcId') ?? vpc,
      rules: [],
      tags: readTags(params, 'security-group'),
      hidden: this.settings.lag,
    });
    return { groupId: id, return: true };
  }

  #authorize(params: Params): Xml {
    const group = this.#thing<SecurityGroup>(params.text('GroupId'), 'security-group');
    this.#visible(group.id, 'security-group');
    for (const rule of params.list('IpPermissions')) {
      const source =
        rule.list('IpRanges')[0]?.text('CidrIp') ?? rule.list('Groups')[0]?.text('GroupId') ?? '';
      const [protocol = '', from, to] = [rule.text('IpProtocol'), rule.text('FromPort'), rule.text('ToPort')];
      if (group.rules.some(known => known.protocol === protocol && known.source === source))
        throw new Ec2Error('InvalidPermission.Duplicate', 'the specified rule already exists');
      group.rules.push({
        protocol,
        source,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      });
    }
    return { return: true };
  }

  #deleteSecurityGroup(params: Params): Xml {
    const group = this.#thing<SecurityGroup>(params.text('GroupId'), 'security-group');
    if (this.#of<Instance>('instance').some(one => one.group === group.id && one.state !== 'terminated'))
      throw new Ec2Error('DependencyViolation', `resource ${group.id} has a dependent object`);
    this.things.delete(group.id);
    return { return: true };
  }

  #importKeyPair(params: Params): Xml {
    const name = params.text('KeyName') ?? '';
    const publicKey = Buffer.from(params.text('PublicKeyMaterial') ?? '', 'base64').toString('utf8');
    if (!/^(ssh-|ecdsa-)/.test(publicKey))
      throw new Ec2Error('InvalidKey.Format', 'Key is not in valid OpenSSH public key format');
    if (this.#of<KeyPair>('key-pair').some(key => key.name === name))
      throw new Ec2Error('InvalidKeyPair.Duplicate', `The keypair '${name}' already exists.`);
    const key = this.add<KeyPair>({
      kind: 'key-pair',
      id: newId('key'),
      name,
      publicKey,
      tags: readTags(params, 'key-pair'),
      hidden: this.settings.lag,
    });
    return { keyName: name, keyPairId: key.id };
  }

  /** Deleting a key pair that is not there succeeds, as on EC2. */
  #deleteKeyPair(params: Params): Xml {
    this.things.delete(params.text('KeyPairId') ?? '');
    return { return: true };
  }

  #registerImage(params: Params): Xml {
    const name = params.text('Name') ?? '';
    if (this.#of<Image>('image').some(image => image.name === name))
      throw new Ec2Error('InvalidAMIName.Duplicate', `AMI name ${name} is already in use`);
    const [mapping] = params.list('BlockDeviceMapping');
    const snapshot = this.#thing<Snapshot>(mapping?.under('Ebs').text('SnapshotId'), 'snapshot');
    if (snapshot.state !== 'completed')
      throw new Ec2Error('InvalidSnapshot.NotFound', `Snapshot ${snapshot.id} is not completed`);
    const { id } = this.add<Image>({
      kind: 'image',
      id: newId('ami'),
      name,
      description: params.text('Description') ?? '',
      architecture: params.text('Architecture') ?? 'i386',
      bootMode: params.text('BootMode') ?? '',
      rootDevice: params.text('RootDeviceName') ?? '',
      snapshot: snapshot.id,
      gib: snapshot.gib,
      created: new Date().toISOString(),
      tags: readTags(params, 'image'),
      hidden: this.settings.lag,
    });
    return { imageId: id };
  }

  #deleteSnapshot(params: Params): Xml {
    const snapshot = this.#thing<Snapshot>(params.text('SnapshotId'), 'snapshot');
    if (this.#of<Image>('image').some(image => image.snapshot === snapshot.id))
      throw new Ec2Error(
        'InvalidSnapshot.InUse',
        `The snapshot ${snapshot.id} is currently in use by an image`,
      );
    rmSync(snapshot.file, { force: true });
    this.things.delete(snapshot.id);
    return { return: true };
  }

  #deleteVolume(params: Params): Xml {
    const volume = this.#thing<Volume>(params.text('VolumeId'), 'volume');
    if (volume.instance !== undefined) throw new Ec2Error('VolumeInUse', `${volume.id} is attached`);
    this.things.delete(volume.id);
    return { return: true };
  }

  async #runInstances(params: Params): Promise<Xml> {
    const [card] = params.list('NetworkInterface');
    const fingerprint = JSON.stringify([
      params.text('InstanceType'),
      card?.text('SubnetId'),
      params.text('UserData'),
      params.text('ImageId'),
    ]);
    const id = await this.#once(params.text('ClientToken'), fingerprint, () => this.#start(params));
    return { reservationId: 'r-1', ownerId: account, instancesSet: [this.#instanceXml(this.#instance(id))] };
  }

  async #start(params: Params): Promise<string> {
    const image = this.#thing<Image>(params.text('ImageId'), 'image');
    this.#visible(image.id, 'image');
    const [card] = params.list('NetworkInterface');
    const group = this.#thing<SecurityGroup>(card?.texts('SecurityGroupId')[0], 'security-group');
    this.#visible(group.id, 'security-group');
    const type = params.text('InstanceType') ?? 'm1.small';
    if (instanceTypes[type]?.arch !== image.architecture)
      throw new Ec2Error(
        'InvalidParameterValue',
        `The architecture of ${type} does not match that of the AMI`,
      );
    if (this.#vcpusInUse() + (instanceTypes[type]?.vcpus ?? 0) > this.settings.vcpus)
      throw new Ec2Error(
        'VcpuLimitExceeded',
        `You have requested more vCPU capacity than your current vCPU limit of ${this.settings.vcpus} allows`,
      );
    const userData = params.text('UserData');
    if (userData !== undefined && Buffer.from(userData, 'base64').length > 16_384)
      throw new Ec2Error('InvalidParameterValue', 'User data is limited to 16384 bytes');
    const keyName = params.text('KeyName');
    if (keyName !== undefined && !this.#of<KeyPair>('key-pair').some(key => key.name === keyName))
      throw new Ec2Error('InvalidKeyPair.NotFound', `The key pair '${keyName}' does not exist`);
    const instance = this.add<Instance>({
      kind: 'instance',
      id: newId('i'),
      type,
      image: image.id,
      subnet: card?.text('SubnetId') ?? '',
      group: group.id,
      keyName,
      userData,
      launched: new Date().toISOString(),
      state: 'pending',
      until: performance.now() + this.settings.pace,
      reason: undefined,
      guest: undefined,
      tags: readTags(params, 'instance'),
      hidden: this.settings.lag,
    });
    const volumes = this.#volumes(params, image, instance.id);
    const snapshot = this.#thing<Snapshot>(image.snapshot, 'snapshot');
    instance.guest = await this.#guests.start({
      id: instance.id,
      arch: image.architecture === 'arm64' ? 'arm64' : 'amd64',
      disk: snapshot.file,
      diskBytes: (volumes[0]?.gib ?? image.gib) * 2 ** 30,
      extraDisks: volumes.slice(1).map(volume => ({
        serial: volume.id.replace('-', '').slice(0, 20),
        bytes: volume.gib * 2 ** 30,
      })),
      network: vpc,
      metadata: metadataService(instance, () => this.#publicKey(keyName)),
    });
    // With InstanceInitiatedShutdownBehavior=terminate an instance that powers itself off is gone.
    void instance.guest.off.then(() =>
      this.#end(instance, 'Client.InstanceInitiatedShutdown: Instance initiated shutdown'),
    );
    return instance.id;
  }

  /** Spot instances have a quota of their own. */
  #vcpusInUse(): number {
    return this.#of<Instance>('instance')
      .filter(({ state, lifecycle }) => lifecycle === undefined && ['pending', 'running'].includes(state))
      .reduce((sum, { type }) => sum + (instanceTypes[type]?.vcpus ?? 0), 0);
  }

  #publicKey(name: string | undefined): string | undefined {
    return this.#of<KeyPair>('key-pair').find(key => key.name === name)?.publicKey;
  }

  #volumes(params: Params, image: Image, instance: string): readonly Volume[] {
    const mappings = params.list('BlockDeviceMapping');
    const root = mappings.find(mapping => mapping.text('DeviceName') === image.rootDevice);
    const rest = mappings.filter(mapping => mapping !== root);
    const sizeOf = (mapping: Params | undefined): number | undefined => {
      const text = mapping?.under('Ebs').text('VolumeSize');
      return text === undefined ? undefined : Number(text);
    };
    const sizes = [sizeOf(root) ?? image.gib, ...rest.map(mapping => sizeOf(mapping) ?? 1)];
    if ((sizes[0] ?? 0) < image.gib)
      throw new Ec2Error(
        'InvalidBlockDeviceMapping',
        `Volume of size ${sizes[0]}GB is smaller than snapshot`,
      );
    return sizes.map(gib =>
      this.add<Volume>({
        kind: 'volume',
        id: newId('vol'),
        gib,
        instance,
        tags: readTags(params, 'volume'),
        hidden: 0,
      }),
    );
  }

  #describeInstances(params: Params): Xml {
    const ids = params.texts('InstanceId');
    for (const id of ids) this.#visible(id, 'instance');
    const matching = this.#of<Instance>('instance')
      .filter(one => ids.length === 0 || ids.includes(one.id))
      .filter(one => ids.length > 0 || one.hidden-- <= 0)
      .filter(one => params.list('Filter').every(filter => matches(one, filter)));
    return this.#page(
      params,
      matching.map(one => ({
        reservationId: 'r-1',
        ownerId: account,
        instancesSet: [this.#instanceXml(one)],
      })),
      'reservationSet',
    );
  }

  #instanceXml(instance: Instance): Xml {
    this.#settle();
    const running = instance.state === 'running' || instance.state === 'shutting-down';
    return {
      instanceId: instance.id,
      imageId: instance.image,
      instanceState: { code: stateCodes[instance.state], name: instance.state },
      instanceType: instance.type,
      instanceLifecycle: instance.lifecycle,
      placement: { tenancy: 'default' },
      keyName: instance.keyName,
      launchTime: instance.launched,
      subnetId: instance.subnet,
      vpcId: vpc,
      ...(running && instance.guest !== undefined
        ? { ipAddress: instance.guest.publicAddress, privateIpAddress: instance.guest.privateAddress }
        : {}),
      ...(instance.reason === undefined
        ? {}
        : { stateReason: { code: instance.reason.split(':')[0], message: instance.reason } }),
      tagSet: tagItems(instance.tags),
    };
  }

  async #terminateInstances(params: Params): Promise<Xml> {
    const ids = params.texts('InstanceId');
    for (const id of ids) this.#visible(id, 'instance');
    for (const id of ids) await this.terminate(id);
    return {
      instancesSet: ids.map(id => ({ instanceId: id, currentState: { code: 32, name: 'shutting-down' } })),
    };
  }

  async terminate(id: string): Promise<void> {
    const instance = this.#instance(id);
    await instance.guest?.kill();
    this.#end(instance, 'Client.UserInitiatedShutdown: User initiated shutdown');
  }

  #end(instance: Instance, reason: string): void {
    if (instance.state === 'terminated' || instance.state === 'shutting-down') return;
    instance.state = 'shutting-down';
    instance.until = performance.now() + this.settings.pace;
    instance.reason = reason;
    for (const volume of this.#of<Volume>('volume'))
      if (volume.instance === instance.id) this.things.delete(volume.id);
  }

  /** A machine disappears without anybody's call. */
  async murder(id: string): Promise<void> {
    const instance = this.#instance(id);
    await instance.guest?.kill();
    this.#end(instance, 'Server.SpotInstanceTermination: Spot instance termination');
  }

  #consoleOutput(params: Params): Xml {
    const instance = this.#instance(params.text('InstanceId') ?? '');
    const text = (instance.guest?.console() ?? '').slice(-65_536);
    return {
      instanceId: instance.id,
      timestamp: new Date().toISOString(),
      output: Buffer.from(text).toString('base64'),
    };
  }

  #createTags(params: Params): Xml {
    for (const id of params.texts('ResourceId')) {
      const tags = this.things.get(id)?.tags ?? this.taggable.get(id);
      if (tags === undefined) throw new Ec2Error('InvalidID', `The ID '${id}' is not valid`);
      for (const tag of params.list('Tag')) tags.set(tag.text('Key') ?? '', tag.text('Value') ?? '');
    }
    return { return: true };
  }

  #remove(id: string | undefined, kind: string, code: string): Xml {
    if (id === undefined || this.things.get(id)?.kind !== kind)
      throw new Ec2Error(code, `The id '${id}' does not exist`);
    this.things.delete(id);
    return { return: true };
  }

  #instance(id: string): Instance {
    return this.#thing<Instance>(id, 'instance');
  }

  #thing<T extends Thing>(id: string | undefined, kind: string): T {
    const thing = id === undefined ? undefined : this.things.get(id);
    if (thing?.kind !== kind) throw notFound(kind, id ?? '');
    // The kind says which of the types of state.ts it is.
    return thing as unknown as T;
  }
}

const isInstance = (thing: Thing): thing is Instance => thing.kind === 'instance';

const stateCodes = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48 } as const;

const notFoundCodes: Readonly<Record<string, string>> = {
  instance: 'InvalidInstanceID.NotFound',
  image: 'InvalidAMIID.NotFound',
  snapshot: 'InvalidSnapshot.NotFound',
  volume: 'InvalidVolume.NotFound',
  'key-pair': 'InvalidKeyPair.NotFound',
  'security-group': 'InvalidGroup.NotFound',
};

const notFound = (kind: string, id: string): Ec2Error =>
  new Ec2Error(notFoundCodes[kind] ?? 'InvalidID', `The ${kind} '${id}' does not exist`);

const matches = (thing: Thing, filter: Params): boolean => {
  const name = filter.text('Name') ?? '';
  const values = filter.texts('Value');
  const own = name.startsWith('tag:') ? (thing.tags.get(name.slice(4)) ?? '') : attribute(thing, name);
  return values.includes(own);
};

const attribute = (thing: Thing, name: string): string => {
  const facts: Readonly<Record<string, unknown>> = { ...thing };
  const state = facts.state;
  const attributes: Readonly<Record<string, unknown>> = {
    name: facts.name,
    'group-name': facts.name,
    'key-name': facts.name,
    'group-id': thing.id,
    'instance-state-name': state,
    'vpc-id': facts.vpc ?? vpc,
    state: thing.kind === 'image' ? 'available' : state,
    status: thing.kind === 'volume' ? (facts.instance === undefined ? 'available' : 'in-use') : state,
  };
  return String(attributes[name] ?? '');
};

const typeXml = (name: string): Xml => ({
  instanceType: name,
  processorInfo: { supportedArchitectures: [instanceTypes[name]?.arch ?? ''] },
  vCpuInfo: { defaultVCpus: instanceTypes[name]?.vcpus ?? 0 },
  memoryInfo: { sizeInMiB: instanceTypes[name]?.mib ?? 0 },
});

const imageXml = (image: Image): Xml => ({
  imageId: image.id,
  name: image.name,
  imageState: 'available',
  imageOwnerId: account,
  architecture: image.architecture,
  bootMode: image.bootMode,
  creationDate: image.created,
  rootDeviceName: image.rootDevice,
  blockDeviceMapping: [
    { deviceName: image.rootDevice, ebs: { snapshotId: image.snapshot, volumeSize: image.gib } },
  ],
  tagSet: tagItems(image.tags),
});

const snapshotXml = (snapshot: Snapshot): Xml => ({
  snapshotId: snapshot.id,
  status: snapshot.state,
  volumeSize: snapshot.gib,
  ownerId: account,
  tagSet: tagItems(snapshot.tags),
});

const volumeXml = (volume: Volume): Xml => ({
  volumeId: volume.id,
  size: volume.gib,
  status: volume.instance === undefined ? 'available' : 'in-use',
  tagSet: tagItems(volume.tags),
});

const groupXml = (group: SecurityGroup): Xml => ({
  groupId: group.id,
  groupName: group.name,
  vpcId: group.vpc,
  ownerId: account,
  tagSet: tagItems(group.tags),
});

const keyXml = (key: KeyPair): Xml => ({ keyPairId: key.id, keyName: key.name, tagSet: tagItems(key.tags) });

/** Of the answer to GetCallerIdentity. */
export const callerIdentity = (): SimAnswer =>
  xmlAnswer(
    200,
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${toXml(
      {
        Arn: `arn:aws:iam::${account}:user/kola-${region}`,
        UserId: 'AIDASIMULATOR',
        Account: account,
      },
    )}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
  );
