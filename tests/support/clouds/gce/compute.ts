import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { GuestHost } from '../guests.ts';
import { Refusal } from '../refusal.ts';
import { json } from '../rest.ts';
import type { SimAnswer, SimRequest } from '../server.ts';
import { notFound } from './answers.ts';
import { metadataService } from './metadata.ts';
import {
  type Bucket,
  type Disk,
  type Firewall,
  type Image,
  type Instance,
  type InstanceRequest,
  type Labels,
  machineTypes,
  project,
  region,
  type Thing,
  zones,
} from './state.ts';

export interface GceSettings {
  /** Lists that do not show a new thing yet. */
  lag: number;
  /** Looks at an operation before it is done. */
  pace: number;
  /** Most items of a page. */
  pageSize: number;
  /** Processors that are in use by others. */
  usedCpus: number;
  /** CPUs that all regions together may have. */
  allCpus: number;
  /** Addresses that the region may have in use. */
  addresses: number;
}

interface Operation {
  readonly name: string;
  readonly zone: string | undefined;
  left: number;
}

const gib = 2 ** 30;
const prefix = `https://www.googleapis.com/compute/v1/projects/${project}`;

/** `/compute/v1/projects/P/zones/Z/instances/I/serialPort` in parts. */
interface Route {
  readonly zone: string | undefined;
  readonly service: string;
  readonly name: string | undefined;
  readonly verb: string;
}

const kindsOf = { instances: 'instance', disks: 'disk', images: 'image', firewalls: 'firewall' } as const;
type Service = keyof typeof kindsOf;
const isService = (text: string): text is Service => text in kindsOf;

export const routeOf = ({ method, url: { pathname } }: SimRequest): Route => {
  const [, , , , , scope, ...rest] = pathname.split('/');
  if (scope === undefined) return { zone: undefined, service: 'projects', name: undefined, verb: 'get' };
  if (scope === 'aggregated')
    return { zone: undefined, service: rest[0] ?? '', name: undefined, verb: 'aggregatedList' };
  if (scope === 'regions') return { zone: undefined, service: 'regions', name: rest[0], verb: 'get' };
  const zone = scope === 'zones' ? rest.shift() : undefined;
  const [collection = '', first, last] = rest;
  const service =
    collection === 'operations' ? (zone === undefined ? 'globalOperations' : 'zoneOperations') : collection;
  if (first === 'family') return { zone, service, name: last, verb: 'getFromFamily' };
  const verbs: Readonly<Record<string, string>> = {
    GET: first === undefined ? 'list' : 'get',
    POST: 'insert',
    DELETE: 'delete',
    PATCH: 'patch',
  };
  const verb = last === 'serialPort' ? 'getSerialPortOutput' : (last ?? verbs[method] ?? method);
  return { zone, service, name: first, verb };
};

/** One project of Compute Engine as far as kola uses it: state, operations, idempotency, and machines that run. */
export class Compute {
  /** By `kind id`. */
  readonly things = new Map<string, Thing>();
  readonly settings: GceSettings = {
    lag: 0,
    pace: 0,
    pageSize: 1000,
    usedCpus: 0,
    allCpus: 200,
    addresses: 64,
  };
  readonly #guests: GuestHost;
  readonly #operations = new Map<string, Operation>();
  readonly #requests = new Map<string, Operation>();
  readonly #folder = mkdtempSync(join(tmpdir(), 'kola-gce-'));

  constructor(guests: GuestHost) {
    this.#guests = guests;
  }

  /** Everything that exists, in words. */
  census(): readonly string[] {
    return [...this.things.keys()].sort();
  }

  of<T extends Thing>(kind: T['kind']): readonly T[] {
    // The kind says which of the types of state.ts it is.
    return [...this.things.values()].filter(thing => thing.kind === kind) as unknown as readonly T[];
  }

  add(thing: Thing): void {
    this.things.set(`${thing.kind} ${thing.id}`, thing);
  }

  async murder(id: string): Promise<void> {
    await this.#instance(id).guest?.kill();
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async handle(request: SimRequest): Promise<SimAnswer> {
    const route = routeOf(request);
    const { service, verb, name = '', zone } = route;
    const query = request.url.searchParams;
    switch (service) {
      case 'projects':
        return json(200, this.#project());
      case 'regions':
        return json(200, this.#region());
      case 'machineTypes':
        return json(200, typeAnswer(zone ?? '', name));
      case 'zoneOperations':
      case 'globalOperations':
        return json(200, this.#look(name));
    }
    if (!isService(service)) throw notFound(request.url.pathname);
    if (verb === 'list' || verb === 'aggregatedList')
      return json(200, this.#list(service, verb, query, zone));
    const body = request.body.length === 0 ? {} : JSON.parse(request.body.toString('utf8'));
    if (verb === 'insert') return json(200, await this.#insert(service, zone, query.get('requestId'), body));
    const thing = this.#thing(service, zone, name);
    if (verb === 'get') return json(200, shown(thing));
    if (verb === 'getSerialPortOutput') return json(200, this.#serial(thing as Instance, query));
    if (verb === 'setLabels') thing.labels = (body as { labels: Labels }).labels;
    else if (verb === 'patch')
      (thing as Firewall).description = (body as { description: string }).description;
    else if (verb === 'delete') await this.#delete(thing);
    else if (verb === 'reset') await (thing as Instance).guest?.reboot();
    else throw notFound(request.url.pathname);
    return json(200, this.#begin(zone));
  }

  #begin(zone: string | undefined): object {
    const operation: Operation = {
      name: `operation-${this.#operations.size + 1}`,
      zone,
      left: this.settings.pace,
    };
    this.#operations.set(operation.name, operation);
    return operationAnswer(operation);
  }

  #look(name: string): object {
    const operation = this.#operations.get(name);
    if (operation === undefined) throw notFound(name);
    operation.left -= 1;
    return operationAnswer(operation);
  }

  #project(): object {
    const used = this.of<Instance>('instance').length * 2 + this.settings.usedCpus;
    const quotas = [
      { metric: 'CPUS_ALL_REGIONS', limit: this.settings.allCpus, usage: used },
      // Those of load balancers.
      { metric: 'IN_USE_ADDRESSES', limit: 1, usage: 1 },
    ];
    return { kind: 'compute#project', name: project, id: '1234567890', quotas };
  }

  #region(): object {
    const instances = this.of<Instance>('instance');
    const ofArm = instances.filter(({ request }) => request.machineType.includes('/t2a-')).length;
    const { usedCpus, addresses } = this.settings;
    const quotas = [
      { metric: 'CPUS', limit: 72, usage: (instances.length - ofArm) * 2 + usedCpus },
      { metric: 'T2A_CPUS', limit: 16, usage: ofArm * 2 },
      { metric: 'INSTANCES', limit: 240, usage: instances.length },
      { metric: 'IN_USE_ADDRESSES', limit: addresses, usage: instances.length },
    ];
    return { kind: 'compute#region', name: region, quotas };
  }

  #list(service: Service, verb: string, query: URLSearchParams, zone: string | undefined): object {
    const filter = query.get('filter') ?? '';
    const all = this.of(kindsOf[service])
      .filter(thing => zone === undefined || thing.id.startsWith(`${zone}/`))
      .filter(thing => thing.hidden-- <= 0)
      .filter(thing => matches(thing, filter));
    const start = Number(query.get('pageToken') ?? 0);
    const size = Math.min(this.settings.pageSize, Number(query.get('maxResults') ?? 500));
    const page = all.slice(start, start + size);
    const next = start + size < all.length ? { nextPageToken: String(start + size) } : {};
    if (verb === 'list') return { items: page.map(shown), ...next };
    const scoped = zones.map(name => {
      const own = page.filter(thing => thing.id.startsWith(`${name}/`)).map(shown);
      return [`zones/${name}`, own.length === 0 ? {} : { [service]: own }];
    });
    return { items: Object.fromEntries(scoped), ...next };
  }

  async #insert(
    service: Service,
    zone: string | undefined,
    requestId: string | null,
    body: { readonly name: string },
  ): Promise<object> {
    const known = this.#requests.get(requestId ?? '');
    if (known !== undefined) return operationAnswer(known);
    const id = zone === undefined ? body.name : `${zone}/${body.name}`;
    if (!/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(body.name))
      throw new Refusal(400, 'invalid', `Invalid value for field 'resource.name': '${body.name}'`);
    if (this.things.has(`${kindsOf[service]} ${id}`))
      throw new Refusal(409, 'alreadyExists', `The resource '${id}' already exists`);
    if (service === 'images') await this.#insertImage(body as ImageRequest);
    else if (service === 'firewalls') this.#insertFirewall(body as FirewallRequest);
    else await this.#insertInstance(zone ?? '', body as InstanceRequest);
    const operation = this.#begin(zone);
    if (requestId !== null && 'name' in operation)
      this.#requests.set(requestId, this.#operations.get(String(operation.name)) as Operation);
    return operation;
  }

  #insertFirewall(rule: FirewallRequest): void {
    const firewall: Firewall = {
      kind: 'firewall',
      id: rule.name,
      labels: {},
      hidden: this.settings.lag,
      rule: { ...rule },
      description: rule.description ?? '',
    };
    this.add(firewall);
  }

  async #insertImage(request: ImageRequest): Promise<void> {
    const [, bucketName = '', object = ''] =
      /^https:\/\/storage\.googleapis\.com\/([^/]+)\/(.+)$/.exec(request.rawDisk.source) ?? [];
    const bucket = this.of<Bucket>('bucket').find(({ id }) => id === bucketName);
    const packed = bucket?.objects.get(object);
    if (packed === undefined)
      throw new Refusal(400, 'invalid', `The object ${bucketName}/${object} does not exist`);
    const folder = mkdtempSync(join(this.#folder, 'image-'));
    writeFileSync(join(folder, 'packed'), packed);
    await promisify(execFile)('tar', ['-xzSf', 'packed', '--one-top-level=inside'], { cwd: folder });
    const files = await readdir(join(folder, 'inside'));
    if (files.join() !== 'disk.raw')
      throw new Refusal(400, 'invalid', `The tar archive holds ${files.join()} instead of disk.raw`);
    const file = join(folder, 'inside', 'disk.raw');
    const { size } = await stat(file);
    if (size % gib !== 0) throw new Refusal(400, 'invalid', 'The size of the disk is not a multiple of 1 GB');
    const image: Image = {
      kind: 'image',
      id: request.name,
      labels: request.labels ?? {},
      hidden: this.settings.lag,
      architecture: request.architecture ?? 'X86_64',
      gb: size / gib,
      file,
      created: new Date().toISOString(),
    };
    this.add(image);
  }

  async #insertInstance(zone: string, request: InstanceRequest): Promise<void> {
    const [bootRequest, ...more] = request.disks;
    const imageName = bootRequest?.initializeParams.sourceImage?.split('/').at(-1);
    const image = this.of<Image>('image').find(({ id }) => id === imageName);
    const type = machineTypes[request.machineType.split('/').at(-1) ?? ''];
    if (image === undefined) throw notFound(`image ${imageName}`);
    if (type?.architecture !== image.architecture)
      throw new Refusal(400, 'invalid', 'The architecture of the machine type is not that of the image');
    if (Number(request.scheduling?.maxRunDuration?.seconds ?? 0) < 30)
      throw new Refusal(400, 'invalid', "Invalid value for field 'resource.scheduling.maxRunDuration'");
    const instance: Instance = {
      kind: 'instance',
      id: `${zone}/${request.name}`,
      labels: request.labels ?? {},
      hidden: this.settings.lag,
      request,
      zone,
      status: 'PROVISIONING',
      guest: undefined,
    };
    this.add(instance);
    for (const { initializeParams: params } of request.disks) this.#addDisk(instance, params);
    const guest = await this.#guests.start({
      id: request.name,
      arch: image.architecture === 'ARM64' ? 'arm64' : 'amd64',
      disk: image.file,
      diskBytes: Math.max(image.gb, Number(bootRequest?.initializeParams.diskSizeGb ?? 0)) * gib,
      extraDisks: more.map(({ deviceName, initializeParams }) => ({
        serial: deviceName ?? '',
        bytes: Number(initializeParams.diskSizeGb) * gib,
      })),
      network: request.tags?.items?.[0] ?? 'default',
      metadata: metadataService(instance),
    });
    instance.guest = guest;
    instance.status = 'RUNNING';
    void guest.off.then(() => {
      instance.status = 'TERMINATED';
    });
  }

  #addDisk(instance: Instance, params: InstanceRequest['disks'][number]['initializeParams']): void {
    const disk: Disk = {
      kind: 'disk',
      id: `${instance.zone}/${params.diskName ?? instance.request.name}`,
      labels: params.labels ?? {},
      hidden: this.settings.lag,
      gb: Number(params.diskSizeGb ?? 10),
      instance: instance.id,
    };
    this.add(disk);
  }

  async #delete(thing: Thing): Promise<void> {
    this.things.delete(`${thing.kind} ${thing.id}`);
    if (thing.kind !== 'instance') return;
    for (const disk of this.of<Disk>('disk'))
      if (disk.instance === thing.id) this.things.delete(`disk ${disk.id}`);
    await (thing as Instance).guest?.kill();
  }

  #serial(instance: Instance, query: URLSearchParams): object {
    const text = Buffer.from(instance.guest?.console() ?? '');
    const start = Math.min(Number(query.get('start') ?? 0), text.length);
    return {
      kind: 'compute#serialPortOutput',
      contents: text.subarray(start).toString('utf8'),
      start: String(start),
      next: String(text.length),
    };
  }

  #thing(service: Service, zone: string | undefined, name: string): Thing {
    const id = zone === undefined ? name : `${zone}/${name}`;
    const thing = this.things.get(`${kindsOf[service]} ${id}`);
    if (thing === undefined) throw notFound(id);
    return thing;
  }

  #instance(id: string): Instance {
    const found = this.of<Instance>('instance').find(one => one.id === id);
    if (found === undefined) throw notFound(id);
    return found;
  }
}

interface ImageRequest {
  readonly name: string;
  readonly labels?: Labels;
  readonly architecture?: string;
  readonly rawDisk: { readonly source: string };
}

interface FirewallRequest {
  readonly name: string;
  readonly description?: string;
}

const operationAnswer = ({ name, zone, left }: Operation): object => ({
  kind: 'compute#operation',
  name,
  status: left > 0 ? 'RUNNING' : 'DONE',
  ...(zone === undefined ? {} : { zone: `${prefix}/zones/${zone}` }),
});

/** An operation that failed at once: this is how a lack of room is said, with status 200. */
export const failedOperation = (zone: string | undefined, code: string, message: string): object => ({
  ...operationAnswer({ name: 'operation-failed', zone, left: 0 }),
  error: { errors: [{ code, message }] },
});

const typeAnswer = (zone: string, name: string): object => {
  const type = machineTypes[name];
  if (type === undefined) throw notFound(`projects/${project}/zones/${zone}/machineTypes/${name}`);
  return { kind: 'compute#machineType', name, zone, ...type };
};

/** `labels.a=b` all have to hold; `name eq PATTERN` for what has no labels. */
const matches = (thing: Thing, filter: string): boolean => {
  const pattern = /^name eq (\S+)$/.exec(filter)?.[1];
  if (pattern !== undefined) return new RegExp(`^${pattern}$`).test(thing.id);
  return [...filter.matchAll(/labels\.([a-z-]+)=([a-z0-9_-]+)/g)].every(
    ([, key = '', value]) => thing.labels[key] === value,
  );
};

const shown = (thing: Thing): object => {
  const [zone, name = thing.id] = thing.id.includes('/') ? thing.id.split('/') : [undefined, thing.id];
  const place = zone === undefined ? {} : { zone: `${prefix}/zones/${zone}` };
  const labelled = { name, ...place, labels: thing.labels, labelFingerprint: 'c2ltdWxhdGVk' };
  switch (thing.kind) {
    case 'instance':
      return { ...labelled, ...instanceParts(thing as Instance) };
    case 'disk': {
      const { gb, instance } = thing as Disk;
      return {
        ...labelled,
        sizeGb: String(gb),
        users: instance === undefined ? [] : [`${prefix}/${instance}`],
      };
    }
    case 'image': {
      const { architecture, gb, created } = thing as Image;
      const selfLink = `${prefix}/global/images/${name}`;
      return {
        ...labelled,
        selfLink,
        status: 'READY',
        architecture,
        diskSizeGb: String(gb),
        creationTimestamp: created,
      };
    }
    default:
      return { ...(thing as Firewall).rule, description: (thing as Firewall).description };
  }
};

const instanceParts = ({ status, guest }: Instance): object => ({
  status,
  networkInterfaces: [
    {
      networkIP: guest?.privateAddress,
      accessConfigs: [{ name: 'External NAT', type: 'ONE_TO_ONE_NAT', natIP: guest?.publicAddress }],
    },
  ],
});
