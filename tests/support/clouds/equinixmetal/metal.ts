import { randomUUID } from 'node:crypto';
import { privateIdentity } from '../../../../platforms/qemu/private-network.ts';
import { freeAddress } from '../guests.ts';
import { json } from '../rest.ts';
import type { SimAnswer, SimRequest } from '../server.ts';
import type { Board, Hardware } from './hardware.ts';
import type { SosDevice } from './sos.ts';

export const project = '5b7c9f5e-0000-4000-8000-00000000c01a';

export interface SimKey {
  readonly kind: 'ssh-key';
  readonly id: string;
  readonly label: string;
  readonly key: string;
  tags: readonly string[];
}

export interface SimDevice {
  readonly kind: 'device';
  readonly id: string;
  readonly plan: string;
  readonly place: string;
  readonly keys: readonly string[];
  readonly address: string;
  readonly number: number;
  hostname: string;
  tags: readonly string[];
  script: string;
  alwaysPxe: boolean;
  terminationTime: string | undefined;
  /** `performance.now()` at which it is provisioning, and active. */
  readonly begun: number;
  failed: boolean;
  gone: boolean;
  board: Board | undefined;
  console: string;
  boots: number;
  readonly listeners: Set<(text: string) => void>;
}

export interface MetalSettings {
  /** Milliseconds in `queued`, and in `provisioning`. */
  pace: number;
  /** Most items of a page. */
  pageSize: number;
  /** Devices that are left of `plan in place`; what is not there has enough. */
  stock: ReadonlyMap<string, number>;
}

/** What the API says no with. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const plans: Readonly<Record<string, string>> = {
  'c3.small.x86': '32GB',
  'c3.medium.x86': '64GB',
  'c3.large.arm64': '256GB',
};
const metros = ['sv', 'dc', 'da'];

/** Names of the members that each request may have; the API refuses none, a test should. */
const deviceMembers = [
  'hostname',
  'plan',
  'metro',
  'facility',
  'operating_system',
  'ipxe_script_url',
  'always_pxe',
  'billing_cycle',
  'tags',
  'termination_time',
  'project_ssh_keys',
];
const changeMembers = ['hostname', 'ipxe_script_url', 'always_pxe', 'tags', 'termination_time'];

interface Route {
  readonly action: string;
  readonly method: string;
  readonly path: RegExp;
}

const routes: readonly Route[] = [
  { action: 'GetProject', method: 'GET', path: /^\/projects\/([^/]+)$/ },
  { action: 'ListPlans', method: 'GET', path: /^\/projects\/([^/]+)\/plans$/ },
  { action: 'CheckCapacityForMetro', method: 'POST', path: /^\/capacity\/metros$/ },
  { action: 'CheckCapacityForFacility', method: 'POST', path: /^\/capacity$/ },
  { action: 'ListDevices', method: 'GET', path: /^\/projects\/([^/]+)\/devices$/ },
  { action: 'CreateDevice', method: 'POST', path: /^\/projects\/([^/]+)\/devices$/ },
  { action: 'ListSshKeys', method: 'GET', path: /^\/projects\/([^/]+)\/ssh-keys$/ },
  { action: 'CreateSshKey', method: 'POST', path: /^\/projects\/([^/]+)\/ssh-keys$/ },
  { action: 'UpdateSshKey', method: 'PUT', path: /^\/ssh-keys\/([^/]+)$/ },
  { action: 'DeleteSshKey', method: 'DELETE', path: /^\/ssh-keys\/([^/]+)$/ },
  { action: 'GetDevice', method: 'GET', path: /^\/devices\/([^/]+)$/ },
  { action: 'UpdateDevice', method: 'PUT', path: /^\/devices\/([^/]+)$/ },
  { action: 'DeleteDevice', method: 'DELETE', path: /^\/devices\/([^/]+)$/ },
  { action: 'RebootDevice', method: 'POST', path: /^\/devices\/([^/]+)\/actions$/ },
];

const pathOf = (request: SimRequest): string => request.url.pathname.replace(/^\/metal\/v1/, '');

const routeOf = (request: SimRequest): Route | undefined =>
  request.url.pathname.startsWith('/metal/v1/')
    ? routes.find(({ method, path }) => method === request.method && path.test(pathOf(request)))
    : undefined;

/** `metal CreateDevice`. */
export const actionOf = (request: SimRequest): string => `metal ${routeOf(request)?.action ?? 'Unknown'}`;

type Body = Readonly<Record<string, unknown>>;

/** A project of Equinix Metal as far as kola uses it: state, refusals, and devices that install themselves. */
export class Metal {
  readonly things = new Map<string, SimKey | SimDevice>();
  readonly settings: MetalSettings = { pace: 0, pageSize: 100, stock: new Map() };
  readonly #hardware: Hardware;
  #made = 0;

  constructor(hardware: Hardware) {
    this.#hardware = hardware;
  }

  readonly handle = async (request: SimRequest): Promise<SimAnswer> => {
    try {
      const route = routeOf(request);
      if (route === undefined) throw new Refusal(404, 'Not found');
      const [, id = ''] = route.path.exec(pathOf(request)) ?? [];
      return await this.#act(route, id, request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return json(error.status, { errors: [error.message] });
    }
  };

  #act({ action, path }: Route, id: string, request: SimRequest): SimAnswer | Promise<SimAnswer> {
    if (path.source.includes('projects') && id !== project) throw new Refusal(404, 'Not found');
    const body = (): Body => JSON.parse(request.body.toString('utf8'));
    switch (action) {
      case 'GetProject':
        return json(200, { id: project, name: 'simulated' });
      case 'ListPlans':
        return json(200, { plans: Object.entries(plans).map(planJson) });
      case 'CheckCapacityForMetro':
        return this.#checkCapacity(body(), 'metro');
      case 'CheckCapacityForFacility':
        return this.#checkCapacity(body(), 'facility');
      case 'ListDevices':
        return this.#listDevices(request.url.searchParams);
      case 'CreateDevice':
        return this.#createDevice(body());
      case 'ListSshKeys':
        return json(200, { ssh_keys: this.keys() });
      case 'CreateSshKey':
        return this.#createKey(body());
      case 'UpdateSshKey': {
        const key = this.#key(id);
        key.tags = strings(body().tags);
        return json(200, key);
      }
      case 'DeleteSshKey':
        this.things.delete(this.#key(id).id);
        return { status: 204 };
      case 'GetDevice':
        return json(200, deviceJson(this.#device(id), this.settings.pace));
      case 'UpdateDevice':
        return this.#updateDevice(this.#device(id), body());
      case 'RebootDevice':
        return this.#reboot(this.#device(id), body());
      default:
        return this.#deleteDevice(this.#device(id));
    }
  }

  keys(): readonly SimKey[] {
    return [...this.things.values()].filter(thing => thing.kind === 'ssh-key');
  }

  devices(): readonly SimDevice[] {
    return [...this.things.values()].filter(thing => thing.kind === 'device');
  }

  /** Everything that exists, in words. */
  census(): readonly string[] {
    return [...this.things.values()].map(({ kind, id }) => `${kind} ${id}`).sort();
  }

  /** The provider takes what has reached its termination time. Milliseconds since the epoch. */
  async expire(now: number): Promise<void> {
    for (const device of this.devices())
      if (device.terminationTime !== undefined && Date.parse(device.terminationTime) <= now)
        await this.remove(device.id);
  }

  async remove(id: string): Promise<void> {
    const thing = this.things.get(id);
    this.things.delete(id);
    if (thing?.kind !== 'device') return;
    thing.gone = true;
    await thing.board?.off();
  }

  sosDevice(id: string): SosDevice | undefined {
    const device = this.things.get(id);
    if (device?.kind !== 'device') return undefined;
    return {
      keys: this.keys().flatMap(({ id: own, key }) => (device.keys.includes(own) ? [key] : [])),
      text: () => device.console,
      follow: hear => {
        device.listeners.add(hear);
        return () => void device.listeners.delete(hear);
      },
    };
  }

  #checkCapacity(body: Body, where: 'metro' | 'facility'): SimAnswer {
    onlyMembers(body, ['servers']);
    const servers = (Array.isArray(body.servers) ? body.servers : []).map((server: Body) => {
      onlyMembers(server, [where, 'plan', 'quantity']);
      const [plan, place] = [text(server, 'plan'), text(server, where)];
      const left = this.settings.stock.get(`${plan} in ${place}`) ?? Number.POSITIVE_INFINITY;
      return { ...server, available: Number(text(server, 'quantity')) <= left };
    });
    return json(200, { servers });
  }

  #key(id: string): SimKey {
    const thing = this.things.get(id);
    if (thing?.kind !== 'ssh-key') throw new Refusal(404, 'Not found');
    return thing;
  }

  #device(id: string): SimDevice {
    const thing = this.things.get(id);
    if (thing?.kind !== 'device') throw new Refusal(404, 'Not found');
    return thing;
  }

  #createKey(body: Body): SimAnswer {
    onlyMembers(body, ['label', 'key', 'tags']);
    const [label, key] = [text(body, 'label'), text(body, 'key')];
    if (!key.startsWith('ssh-')) throw new Refusal(422, 'Key is invalid');
    const made: SimKey = { kind: 'ssh-key', id: randomUUID(), label, key, tags: strings(body.tags) };
    this.things.set(made.id, made);
    return json(201, made);
  }

  #listDevices(query: URLSearchParams): SimAnswer {
    const tag = query.get('tag');
    const all = this.devices().filter(({ tags }) => tag === null || tags.includes(tag));
    const size = Math.min(Number(query.get('per_page') ?? 10), this.settings.pageSize);
    const page = Number(query.get('page') ?? 1);
    const devices = all.slice((page - 1) * size, page * size);
    const more = page * size < all.length;
    const next = more ? { href: `/projects/${project}/devices?page=${page + 1}` } : null;
    return json(200, { devices: devices.map(one => deviceJson(one, this.settings.pace)), meta: { next } });
  }

  async #createDevice(body: Body): Promise<SimAnswer> {
    onlyMembers(body, deviceMembers);
    const plan = text(body, 'plan');
    if (plans[plan] === undefined) throw new Refusal(422, `${plan} is not a valid plan`);
    const place = body.metro === undefined ? (strings(body.facility)[0] ?? '') : text(body, 'metro');
    if (body.metro !== undefined && !metros.includes(place))
      throw new Refusal(422, `${place} is not a valid metro`);
    if (this.settings.stock.get(`${plan} in ${place}`) === 0)
      throw new Refusal(422, `There are no available servers of ${plan} in ${place}`);
    if (body.operating_system !== 'custom_ipxe') throw new Refusal(422, 'Oh snap, no such operating system');
    if (body.billing_cycle !== 'hourly') throw new Refusal(422, 'billing_cycle is not included in the list');
    const device: SimDevice = {
      kind: 'device',
      id: randomUUID(),
      plan,
      place,
      keys: strings(body.project_ssh_keys),
      address: await freeAddress(),
      number: this.#made++,
      hostname: text(body, 'hostname'),
      tags: strings(body.tags),
      script: text(body, 'ipxe_script_url'),
      alwaysPxe: body.always_pxe === true,
      terminationTime: timeOf(body.termination_time),
      begun: performance.now(),
      failed: false,
      gone: false,
      board: undefined,
      console: '',
      boots: 0,
      listeners: new Set(),
    };
    for (const key of device.keys) this.#key(key);
    this.things.set(device.id, device);
    setTimeout(() => void this.#powerOn(device), this.settings.pace);
    return json(201, deviceJson(device, this.settings.pace));
  }

  async #powerOn(device: SimDevice): Promise<void> {
    if (device.gone) return;
    const say = (more: string): void => {
      device.console += more;
      for (const hear of device.listeners) hear(more);
    };
    const started = this.#hardware.start({
      id: device.id,
      arch: device.plan.includes('.arm') ? 'arm64' : 'amd64',
      address: device.address,
      number: device.number,
      script: () => device.script,
      alwaysPxe: () => device.alwaysPxe,
      began: () => {
        device.console = '';
        device.boots += 1;
      },
      say,
    });
    const board = await started.catch((error: unknown) => {
      say(`simulator: ${String(error)}\n`);
      device.failed = true;
    });
    if (board === undefined) return;
    device.board = board;
    if (device.gone) await board.off();
  }

  #updateDevice(device: SimDevice, body: Body): SimAnswer {
    onlyMembers(body, changeMembers);
    if (body.hostname !== undefined) device.hostname = text(body, 'hostname');
    if (body.ipxe_script_url !== undefined) device.script = text(body, 'ipxe_script_url');
    if (body.always_pxe !== undefined) device.alwaysPxe = body.always_pxe === true;
    if (body.tags !== undefined) device.tags = strings(body.tags);
    if (body.termination_time !== undefined) device.terminationTime = timeOf(body.termination_time);
    return json(200, deviceJson(device, this.settings.pace));
  }

  async #reboot(device: SimDevice, body: Body): Promise<SimAnswer> {
    if (body.type !== 'reboot') throw new Refusal(422, 'type is not included in the list');
    await device.board?.reset();
    return { status: 202 };
  }

  async #deleteDevice(device: SimDevice): Promise<SimAnswer> {
    if (stateOf(device, this.settings.pace) === 'provisioning')
      throw new Refusal(422, 'Cannot delete a device while it is provisioning');
    await this.remove(device.id);
    return { status: 204 };
  }
}

const stateOf = (device: SimDevice, pace: number): string => {
  if (device.failed) return 'failed';
  const age = performance.now() - device.begun;
  if (age < pace) return 'queued';
  return age < 2 * pace ? 'provisioning' : 'active';
};

const deviceJson = (device: SimDevice, pace: number): object => {
  const state = stateOf(device, pace);
  return {
    id: device.id,
    hostname: device.hostname,
    state,
    tags: device.tags,
    plan: { slug: device.plan },
    metro: { code: device.place },
    facility: { code: `${device.place}15` },
    always_pxe: device.alwaysPxe,
    ipxe_script_url: device.script,
    termination_time: device.terminationTime ?? null,
    ip_addresses:
      state === 'queued'
        ? []
        : [
            { address: device.address, address_family: 4, public: true },
            { address: '2604:1380::1', address_family: 6, public: true },
            { address: privateIdentity(device.number).address, address_family: 4, public: false },
          ],
  };
};

const planJson = ([slug, total]: readonly [string, string]): object => ({
  slug,
  specs: { cpus: [{ count: 1, type: 'simulated' }], memory: { total } },
});

const onlyMembers = (body: Body, known: readonly string[]): void => {
  const odd = Object.keys(body).filter(key => !known.includes(key));
  if (odd.length > 0) throw new Refusal(422, `unknown members ${odd.join(', ')}`);
};

const text = (body: Body, name: string): string => {
  const value = body[name];
  if (typeof value !== 'string' || value === '') throw new Refusal(422, `${name} can't be blank`);
  return value;
};

const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

const timeOf = (value: unknown): string | undefined => {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || Number.isNaN(Date.parse(value)))
    throw new Refusal(422, 'termination_time is invalid');
  return value;
};
