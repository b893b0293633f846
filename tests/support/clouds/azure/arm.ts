import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GuestHost } from '../guests.ts';
import { Refusal } from '../refusal.ts';
import { json } from '../rest.ts';
import type { SimAnswer, SimRequest } from '../server.ts';
import { metadataService } from './metadata.ts';
import { provisioningDisc } from './provisioning-disc.ts';
import { type Body, type Group, location, type Resource, sizes, subscription } from './state.ts';

export interface ArmSettings {
  /** Looks at an operation before it is done. */
  pace: number;
  /** Cores that are in use by others. */
  usedCores: number;
  /** Cores that each family of sizes may have. */
  familyCores: number;
  /** Code with which the next operation on a machine fails after it was accepted. */
  failLater: string | undefined;
}

const root = `/subscriptions/${subscription}`;
const machineType = 'Microsoft.Compute/virtualMachines';
const footer = 512;
const gib = 2 ** 30;

/** A subscription of Azure as far as kola uses it: groups, resources, long-running operations, machines that run. */
export class Arm {
  readonly groups = new Map<string, Group>();
  /** By id in lower case. */
  readonly resources = new Map<string, Resource>();
  readonly settings: ArmSettings = { pace: 0, usedCores: 0, familyCores: 60, failLater: undefined };
  /** Where blobs are served. */
  blobs = '';
  readonly #guests: GuestHost;
  readonly #folder = mkdtempSync(join(tmpdir(), 'kola-azure-'));
  readonly #operations = new Map<string, { left: number; error?: string }>();

  constructor(guests: GuestHost) {
    this.#guests = guests;
  }

  census(): readonly string[] {
    const groups = [...this.groups.keys()].map(name => `group ${name}`);
    return [
      ...groups,
      ...[...this.resources.values()].map(({ type, group, name }) => `${type} ${group}/${name}`),
    ].sort();
  }

  machine(id: string): Resource {
    const [group = '', name = ''] = id.split('/');
    return this.#resource(`${root}/resourceGroups/${group}/providers/${machineType}/${name}`);
  }

  async murder(id: string): Promise<void> {
    await this.machine(id).guest?.kill();
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async handle(request: SimRequest): Promise<SimAnswer> {
    const { url, method } = request;
    const path = url.pathname.slice(root.length);
    if (path.startsWith('/operations/')) return this.#look(path);
    if (path === '/providers/Microsoft.Compute/skus') return json(200, { value: skus() });
    if (path.endsWith('/usages')) return json(200, { value: this.#usages() });
    const [, group, rest] = /^\/resourcegroups(?:\/([^/]+))?(\/providers\/.+)?$/i.exec(path) ?? [];
    if (group === undefined) return json(200, { value: this.#list(url.searchParams.get('$filter') ?? '') });
    const body: Body = request.body.length === 0 ? {} : JSON.parse(request.body.toString('utf8'));
    if (rest === undefined) return this.#group(method, group, body, url);
    if (!this.groups.has(group))
      throw new Refusal(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`);
    if (method === 'POST') return this.#act(url.pathname);
    if (method === 'PUT') return this.#put(url, group, body);
    if (method === 'DELETE') return this.#delete(url);
    return json(200, this.#shown(this.#resource(url.pathname)));
  }

  /** Takes pages of a disk, or gives a console. */
  async handleBlob({ url, method, headers, body }: SimRequest): Promise<SimAnswer> {
    const id = decodeURIComponent(url.pathname.replace(/^\/blob/, ''));
    const resource = this.#resource(id);
    if (method === 'GET')
      return {
        status: 200,
        headers: { 'content-type': 'text/plain' },
        body: resource.guest?.console() ?? '',
      };
    const [, from = ''] = /^bytes=(\d+)-\d+$/.exec(headers['x-ms-range'] ?? headers.range ?? '') ?? [];
    await using file = await open(resource.file ?? '', 'r+');
    await file.write(body, 0, body.length, Number(from));
    const now = new Date().toUTCString();
    return { status: 201, headers: { etag: '"1"', 'last-modified': now, date: now, 'x-ms-request-id': '1' } };
  }

  #list(filter: string): readonly object[] {
    const [, key = '', value] = /tagName eq '([^']+)' and tagValue eq '([^']+)'/.exec(filter) ?? [];
    return [...this.groups.values()].filter(({ tags }) => tags[key] === value).map(groupAnswer);
  }

  async #group(method: string, name: string, body: Body, url: URL): Promise<SimAnswer> {
    const known = this.groups.get(name);
    if (method === 'PUT') {
      this.groups.set(name, { name, tags: body.tags ?? {} });
      return json(known === undefined ? 201 : 200, groupAnswer({ name, tags: body.tags ?? {} }));
    }
    if (known === undefined)
      throw new Refusal(404, 'ResourceGroupNotFound', `Resource group '${name}' could not be found.`);
    if (method === 'PATCH') known.tags = { ...body.tags };
    if (method !== 'DELETE') return json(200, groupAnswer(known));
    for (const [id, resource] of this.resources) {
      if (resource.group !== name) continue;
      await resource.guest?.kill();
      this.resources.delete(id);
    }
    this.groups.delete(name);
    return { status: 202, headers: { location: this.#begin(url), 'retry-after': '0' } };
  }

  async #put(url: URL, group: string, body: Body): Promise<SimAnswer> {
    const id = url.pathname;
    const [provider = '', ...parts] = id.split('/providers/')[1]?.split('/') ?? [];
    const type = [provider, ...parts.filter((_part, index) => index % 2 === 0)].join('/');
    const known = this.resources.get(id.toLowerCase());
    const resource: Resource = known ?? { type, id, group, name: parts.at(-1) ?? '', body };
    resource.body = body;
    this.resources.set(id.toLowerCase(), resource);
    if (known === undefined) await this.#made(resource);
    const operation = this.#begin(url, type === machineType ? this.settings.failLater : undefined);
    if (type === machineType) this.settings.failLater = undefined;
    const headers = { 'azure-asyncoperation': operation, 'retry-after': '0' };
    return json(known === undefined ? 201 : 200, this.#shown(resource), headers);
  }

  /** What comes with a new resource. */
  async #made(resource: Resource): Promise<void> {
    const { type, body, name, group } = resource;
    const { creationData, storageProfile } = body.properties ?? {};
    if (type === 'Microsoft.Compute/disks' && creationData?.createOption === 'Upload') {
      resource.file = join(this.#folder, `${group}-${name}`);
      writeFileSync(resource.file, '');
      await truncate(resource.file, creationData.uploadSizeBytes ?? 0);
    }
    const source = storageProfile?.osDisk?.managedDisk?.id ?? storageProfile?.osDiskImage?.source?.id;
    if (source !== undefined) {
      const file = this.#resource(source).file;
      if (file !== undefined) resource.file = file;
    }
    if (type === machineType) await this.#start(resource);
  }

  async #start(resource: Resource): Promise<void> {
    const { hardwareProfile, storageProfile } = resource.body.properties ?? {};
    const image = this.#resource(storageProfile?.imageReference?.id ?? '');
    const size = sizes[hardwareProfile?.vmSize ?? ''];
    if (size === undefined) throw new Refusal(400, 'InvalidParameter', 'no such size');
    await using file = await open(image.file ?? '', 'r');
    const { size: bytes } = await file.stat();
    const guest = await this.#guests.start({
      id: resource.name,
      arch: size.arch === 'Arm64' ? 'arm64' : 'amd64',
      disk: image.file ?? '',
      diskBytes: Math.max(bytes, (storageProfile?.osDisk?.diskSizeGB ?? 0) * gib),
      extraDisks: (storageProfile?.dataDisks ?? []).map(({ lun, diskSizeGB }) => ({
        serial: `lun${lun}`,
        bytes: diskSizeGB * gib,
      })),
      network: resource.group,
      disc: provisioningDisc(resource),
      metadata: metadataService(resource),
    });
    resource.guest = guest;
    void guest.off.then(() => {
      resource.off = true;
    });
  }

  async #act(path: string): Promise<SimAnswer> {
    const at = path.lastIndexOf('/');
    const [resource, verb] = [this.#resource(path.slice(0, at)), path.slice(at + 1)];
    const address = `${this.blobs}/blob${resource.id}?sig=simulated`;
    if (verb === 'beginGetAccess') return json(200, { accessSAS: address });
    if (verb === 'retrieveBootDiagnosticsData') return json(200, { serialConsoleLogBlobUri: address });
    if (verb === 'restart') await resource.guest?.reboot();
    if (verb === 'endGetAccess') await this.#seal(resource);
    return { status: 200 };
  }

  /** A disk that was written has the footer of a fixed VHD behind it, which is no part of the disk. */
  async #seal({ file = '' }: Resource): Promise<void> {
    await using disk = await open(file, 'r+');
    const { size } = await disk.stat();
    const tail = Buffer.alloc(footer);
    await disk.read(tail, 0, footer, size - footer);
    if (tail.toString('latin1', 0, 8) === 'conectix') await disk.truncate(size - footer);
    else if (size % (1 << 20) !== 0) throw new Refusal(400, 'InvalidVhd', 'no footer of a fixed VHD');
  }

  async #delete(url: URL): Promise<SimAnswer> {
    const resource = this.resources.get(url.pathname.toLowerCase());
    if (resource === undefined) return { status: 204 };
    this.resources.delete(url.pathname.toLowerCase());
    await resource.guest?.kill();
    return { status: 202, headers: { location: this.#begin(url), 'retry-after': '0' } };
  }

  #begin(url: URL, error?: string): string {
    const name = String(this.#operations.size + 1);
    this.#operations.set(name, { left: this.settings.pace, ...(error === undefined ? {} : { error }) });
    return `${url.origin}${root}/operations/${name}?api-version=1`;
  }

  #look(path: string): SimAnswer {
    const operation = this.#operations.get(path.split('/').at(-1) ?? '');
    if (operation === undefined) throw new Refusal(404, 'NotFound', 'no such operation');
    const again = { 'retry-after': '0' };
    if (operation.left-- > 0) return json(202, { status: 'InProgress' }, again);
    const { error } = operation;
    if (error === undefined) return json(200, { status: 'Succeeded' });
    return json(200, { status: 'Failed', error: { code: error, message: `simulated ${error}` } });
  }

  #usages(): readonly object[] {
    const { usedCores, familyCores } = this.settings;
    const machines = [...this.resources.values()].filter(({ type }) => type === machineType);
    const usage = (value: string, currentValue: number, limit: number): object => ({
      unit: 'Count',
      currentValue,
      limit,
      name: { value, localizedValue: value },
    });
    const families = Object.entries(sizes).map(([size, { family }]) => {
      const own = machines.filter(({ body }) => body.properties?.hardwareProfile?.vmSize === size);
      // Not with the capitals of the list of sizes.
      return usage(family.replace('StandardD', 'standardD'), own.length * 2, familyCores);
    });
    return [usage('cores', machines.length * 2 + usedCores, 100), ...families];
  }

  #resource(id: string): Resource {
    const found = this.resources.get(id.toLowerCase()) ?? this.#ofMachine(id);
    if (found === undefined)
      throw new Refusal(
        404,
        'ResourceNotFound',
        `The Resource '${id}' under the subscription was not found.`,
      );
    return found;
  }

  /** Network card and address are made with their machine. */
  #ofMachine(id: string): Resource | undefined {
    const [, group = '', kind = '', name = ''] =
      /\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Network\/(networkInterfaces|publicIPAddresses)\/(.+)-of$/i.exec(
        id,
      ) ?? [];
    const machine = this.resources.get(
      `${root}/resourceGroups/${group}/providers/${machineType}/${name}`.toLowerCase(),
    );
    if (machine === undefined) return undefined;
    const properties =
      kind === 'networkInterfaces'
        ? {
            ipConfigurations: [
              {
                name: 'address',
                properties: {
                  privateIPAddress: machine.guest?.privateAddress,
                  publicIPAddress: { id: id.replace('networkInterfaces', 'publicIPAddresses') },
                },
              },
            ],
          }
        : { ipAddress: machine.guest?.publicAddress };
    return { type: `Microsoft.Network/${kind}`, id, group, name, body: { properties: properties as object } };
  }

  #shown({ id, name, type, body, off, group }: Resource): object {
    const state = { provisioningState: 'Succeeded' };
    const common = { ...body, id, name, type, properties: { ...body.properties, ...state } };
    if (type === 'Microsoft.Network/virtualNetworks')
      return {
        ...common,
        properties: { ...common.properties, subnets: [{ name: 'kola', id: `${id}/subnets/kola` }] },
      };
    if (type !== machineType) return common;
    const card = `${root}/resourceGroups/${group}/providers/Microsoft.Network/networkInterfaces/${name}-of`;
    const power = off === true ? 'stopped' : 'running';
    return {
      ...common,
      properties: {
        ...common.properties,
        networkProfile: { networkInterfaces: [{ id: card }] },
        instanceView: {
          statuses: [{ code: 'ProvisioningState/succeeded' }, { code: `PowerState/${power}` }],
        },
      },
    };
  }
}

const groupAnswer = ({ name, tags }: Group): object => ({
  id: `${root}/resourceGroups/${name}`,
  name,
  type: 'Microsoft.Resources/resourceGroups',
  location,
  tags,
  properties: { provisioningState: 'Succeeded' },
});

const skus = (): readonly object[] =>
  Object.entries(sizes).map(([name, { arch, gib: memory, family }]) => ({
    resourceType: 'virtualMachines',
    name,
    family,
    locations: [location],
    capabilities: [
      { name: 'vCPUs', value: '2' },
      { name: 'MemoryGB', value: String(memory) },
      { name: 'CpuArchitectureType', value: arch },
    ],
  }));
