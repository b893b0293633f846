import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../../src/core/clock.ts';
import type { Guest, GuestHost } from '../guests.ts';
import { json, type RestCall, type Routes } from '../rest.ts';
import type { SimAnswer, SimHandler } from '../server.ts';
import { copyDisk } from '../sparse-disk.ts';
import { type Rescue, startRescue } from './rescue.ts';

type Body = Readonly<Record<string, unknown>>;

export interface Thing {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly created: string;
  labels: Record<string, string>;
  readonly body: Body;
}

export interface Server extends Thing {
  status: 'initializing' | 'running' | 'off';
  readonly disk: string;
  guest: Guest | undefined;
  rescueKey: string | undefined;
  rescue: Rescue | undefined;
}

export const types = [
  { name: 'cpx22', architecture: 'x86', cores: 2, memory: 4 },
  { name: 'cpx32', architecture: 'x86', cores: 4, memory: 8 },
  { name: 'cax11', architecture: 'arm', cores: 2, memory: 4 },
] as const;

export const refusal = (
  status: number,
  code: string,
  message: string,
  headers?: Record<string, string>,
): SimAnswer => json(status, { error: { code, message, details: {} } }, headers);

export const missing = refusal(404, 'not_found', 'the resource was not found');
const gib = 2 ** 30;
const text = (value: unknown): string => String(value ?? '');

/** A project of Hetzner Cloud, as far as runs of kola use it. */
export class HetznerApi {
  readonly things = new Map<number, Thing>();
  /** Milliseconds that servers take to start; things on a page. */
  readonly settings = { pace: 2, pageSize: 50 };
  readonly #guests: GuestHost;
  readonly #folder = mkdtempSync(join(tmpdir(), 'kola-hetzner-'));
  readonly #working = new Set<Promise<unknown>>();
  readonly #ended = new AbortController();
  #count = 100;

  constructor(guests: GuestHost) {
    this.#guests = guests;
  }

  /** Puts an image there that is nobody's; returns its id. */
  addImage(bytes: Uint8Array): string {
    const id = ++this.#count;
    const disk = join(this.#folder, `image-${id}.raw`);
    writeFileSync(disk, bytes);
    const image = { id, kind: 'image', name: 'theirs', labels: {}, created: new Date().toISOString() };
    this.things.set(id, { ...image, body: { disk, architecture: 'x86' } });
    return String(id);
  }

  get routes(): Routes {
    const lists = {
      servers: 'server',
      images: 'image',
      ssh_keys: 'ssh-key',
      firewalls: 'firewall',
      networks: 'network',
    };
    const own: Routes = {
      'GET /v1/server_types': call => this.#page('server_types', types, call),
      'GET /v1/locations': call => this.#page('locations', [{ name: 'fsn1' }, { name: 'hel1' }], call),
      'GET /v1/actions/:id': ({ params }) => json(200, { action: done(Number(params.id)) }),
      'POST /v1/servers/:id/actions/:action': call => this.#act(call),
    };
    const common = Object.entries(lists).flatMap(([path, kind]) => [
      [`GET /v1/${path}`, (call: RestCall) => this.#list(path, kind, call)],
      ...(kind === 'image' ? [] : [[`POST /v1/${path}`, (call: RestCall) => this.#create(kind, call.body)]]),
      [
        `GET /v1/${path}/:id`,
        ({ params }: RestCall) => this.#one(kind, params.id, thing => this.#answer(thing)),
      ],
      [
        `PUT /v1/${path}/:id`,
        ({ params, body }: RestCall) =>
          this.#one(kind, params.id, thing => {
            thing.labels = body.labels as Record<string, string>;
            return this.#answer(thing);
          }),
      ],
      [
        `DELETE /v1/${path}/:id`,
        ({ params }: RestCall) => this.#one(kind, params.id, thing => this.#delete(thing)),
      ],
    ]);
    return { ...own, ...Object.fromEntries(common) };
  }

  #page(key: string, items: readonly object[], { query }: RestCall): SimAnswer {
    const size = Math.min(Number(query.get('per_page') ?? 25), this.settings.pageSize);
    const page = Number(query.get('page') ?? 1);
    const next_page = items.length > page * size ? page + 1 : null;
    return json(200, {
      [key]: items.slice((page - 1) * size, page * size),
      meta: { pagination: { page, per_page: size, next_page } },
    });
  }

  #list(path: string, kind: string, call: RestCall): SimAnswer {
    const { query } = call;
    const wanted = (query.get('label_selector') ?? '').split(',').filter(one => one !== '');
    const [name, print] = [query.get('name'), query.get('fingerprint')];
    const found = [...this.things.values()].filter(
      thing =>
        thing.kind === kind &&
        (name === null || thing.name === name) &&
        (print === null || fingerprint(text(thing.body.public_key)) === print) &&
        wanted.every(one => thing.labels[one.split('==')[0] ?? ''] === one.split('==')[1]),
    );
    return this.#page(
      path,
      found.map(thing => this.#view(thing)),
      call,
    );
  }

  #one(kind: string, id: string | undefined, act: (thing: Thing) => SimAnswer | Promise<SimAnswer>) {
    const thing = this.things.get(Number(id));
    return thing?.kind === kind ? act(thing) : missing;
  }

  #answer(thing: Thing): SimAnswer {
    return json(200, { [thing.kind.replace('-', '_')]: this.#view(thing) });
  }

  #view(thing: Thing): object {
    const { id, name, labels, created, body, kind } = thing;
    const common = { id, name, labels, created };
    if (kind === 'image')
      return {
        ...common,
        description: name,
        status: 'available',
        architecture: text(body.architecture),
        type: 'snapshot',
      };
    if (!isServer(thing)) return { ...body, ...common };
    const { status, guest, rescue } = thing;
    const ip = guest?.publicAddress ?? rescue?.address ?? '203.0.113.9';
    const inside =
      guest === undefined || body.networks === undefined ? [] : [{ ip: guest.privateAddress, network: 1 }];
    return { ...common, status, public_net: { ipv4: { ip } }, private_net: inside };
  }

  #create(kind: string, body: Body): SimAnswer {
    const name = text(body.name);
    const same = [...this.things.values()].filter(thing => thing.kind === kind);
    if (same.some(thing => thing.name === name))
      return refusal(409, 'uniqueness_error', `${name} is used already`);
    const print = fingerprint(text(body.public_key));
    if (kind === 'ssh-key' && same.some(thing => fingerprint(text(thing.body.public_key)) === print))
      return refusal(409, 'uniqueness_error', 'SSH key not unique');
    const id = ++this.#count;
    const labels = (body.labels ?? {}) as Record<string, string>;
    const thing: Thing = { id, kind, name, labels, body, created: new Date().toISOString() };
    if (kind === 'server') return this.#createServer(thing);
    this.things.set(id, thing);
    return json(201, { [kind.replace('-', '_')]: this.#view(thing) });
  }

  #createServer(thing: Thing): SimAnswer {
    const { body } = thing;
    const type = types.find(({ name }) => name === body.server_type);
    const image = this.things.get(Number(body.image));
    if (type === undefined || (image?.kind !== 'image' && body.image !== 'debian-12'))
      return refusal(422, 'invalid_input', 'invalid server type or image');
    if (Buffer.byteLength(text(body.user_data)) > 32_768)
      return refusal(422, 'invalid_input', 'user_data is too long');
    const disk = join(this.#folder, `server-${thing.id}.raw`);
    if (image === undefined) writeFileSync(disk, '');
    else copyDisk(text(image.body.disk), disk);
    const none = { guest: undefined, rescueKey: undefined, rescue: undefined };
    const server: Server = { ...thing, ...none, disk, status: 'initializing' };
    this.things.set(server.id, server);
    this.#later(async () => {
      server.status = 'off';
      if (body.start_after_create !== false) await this.#boot(server);
    });
    return json(201, { server: this.#view(server), action: done(1), next_actions: [], root_password: null });
  }

  async #boot(server: Server): Promise<void> {
    const networks = (server.body.networks as number[] | undefined) ?? ['none'];
    const guest = await this.#guests.start({
      id: String(server.id),
      arch:
        types.find(({ name }) => name === server.body.server_type)?.architecture === 'arm'
          ? 'arm64'
          : 'amd64',
      disk: server.disk,
      diskBytes: Math.max(statSync(server.disk).size, 40 * gib),
      extraDisks: [],
      network: String(networks[0]),
      metadata: this.#metadata(server),
    });
    if (!this.things.has(server.id)) return guest.kill();
    server.guest = guest;
    server.status = 'running';
    void guest.off.then(() => {
      server.status = 'off';
    });
  }

  /** `/hetzner/v1`: the values that cloud-init, Ignition and afterburn ask for. */
  #metadata(server: Server): SimHandler {
    return async ({ url }) => {
      const keys = (server.body.ssh_keys as number[] | undefined) ?? [];
      const values: Readonly<Record<string, string | undefined>> = {
        userdata: server.body.user_data === undefined ? '' : text(server.body.user_data),
        'metadata/instance-id': String(server.id),
        'metadata/hostname': server.name,
        'metadata/public-ipv4': server.guest?.publicAddress,
        'metadata/private-networks':
          server.guest === undefined ? '' : `- ip: ${server.guest.privateAddress}\n`,
        'metadata/public-keys': JSON.stringify(keys.map(id => this.things.get(id)?.body.public_key)),
      };
      const value = values[url.pathname.replace(/^\/hetzner\/v1\//, '').replace(/\/$/, '')];
      return value === undefined ? { status: 404, body: 'not found' } : { status: 200, body: value };
    };
  }

  async #act({ params, body }: RestCall): Promise<SimAnswer> {
    const server = this.things.get(Number(params.id));
    if (server === undefined || !isServer(server)) return missing;
    const answered = json(201, { action: done(++this.#count) });
    switch (params.action) {
      case 'enable_rescue':
        server.rescueKey = text(this.things.get(Number((body.ssh_keys as number[])[0]))?.body.public_key);
        return answered;
      case 'poweron':
        if (server.rescueKey === undefined) await this.#boot(server);
        else server.rescue = await startRescue(server.rescueKey, server.disk);
        server.status = 'running';
        return answered;
      case 'poweroff':
        server.rescue?.close();
        await server.guest?.kill();
        server.status = 'off';
        return answered;
      case 'create_image':
        return this.#snapshot(server, body);
      default:
        return missing;
    }
  }

  #snapshot(server: Server, body: Body): SimAnswer {
    const id = ++this.#count;
    const disk = join(this.#folder, `image-${id}.raw`);
    copyDisk(server.disk, disk);
    const architecture = types.find(({ name }) => name === server.body.server_type)?.architecture;
    const labels = (body.labels ?? {}) as Record<string, string>;
    const image = {
      id,
      kind: 'image',
      name: text(body.description),
      labels,
      created: new Date().toISOString(),
    };
    this.things.set(id, { ...image, body: { disk, architecture } });
    return json(201, { image: { id }, action: done(++this.#count) });
  }

  async #delete(thing: Thing): Promise<SimAnswer> {
    const servers = [...this.things.values()].filter(isServer);
    const uses = JSON.stringify(servers.map(({ body }) => [body.networks, body.firewalls]));
    if (['network', 'firewall'].includes(thing.kind) && new RegExp(`\\b${thing.id}\\b`).test(uses))
      return refusal(422, 'resource_in_use', `${thing.kind} ${thing.id} is still in use`);
    this.things.delete(thing.id);
    if (isServer(thing)) {
      thing.rescue?.close();
      await thing.guest?.kill();
      return json(200, { action: done(++this.#count) });
    }
    return json(204);
  }

  #later(work: () => Promise<void>): void {
    const running = systemClock
      .sleep(this.settings.pace, this.#ended.signal)
      .then(work)
      .catch(error => {
        if (!this.#ended.signal.aborted) process.stderr.write(`simulator: ${String(error)}\n`);
      })
      .finally(() => this.#working.delete(running));
    this.#working.add(running);
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await Promise.allSettled(this.#working);
    for (const thing of this.things.values()) if (isServer(thing)) thing.rescue?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Everything that exists, as `kind id`. */
  census(): readonly string[] {
    return [...this.things.values()].map(({ kind, id }) => `${kind} ${id}`);
  }
}

export const isServer = (thing: Thing): thing is Server => thing.kind === 'server';

const done = (id: number): object => ({ id, status: 'success', error: null });

const fingerprint = (publicKey: string): string => {
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  return createHash('md5').update(blob).digest('hex').match(/../g)?.join(':') ?? '';
};
