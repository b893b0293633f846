import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { json, type RestCall, type Routes } from '../rest.ts';
import type { SimAnswer } from '../server.ts';
import { rawDisk } from './glance.ts';
import { configDriveOf, metadataService } from './metadata.ts';
import {
  actionRequest,
  keypairRequest,
  metadataRequest,
  type ServerRequest,
  serverRequest,
} from './nova-requests.ts';
import { checked, type Flavor, flavors, pageOf, type Server, type Thing, type World } from './world.ts';

export const novaRefusal = (
  status: number,
  name: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): SimAnswer => json(status, { [name]: { code: status, message } }, headers);

const bad = (message: string): SimAnswer => novaRefusal(400, 'badRequest', message);
const gib = 2 ** 30;
const consoleWindow = 102_400;

const links = (many: string, more: boolean): object =>
  more ? { [`${many}_links`]: [{ rel: 'next', href: 'http://behind.a.proxy/' }] } : {};

/** The second number of the version that a request names; 1 without one. */
const minorOf = ({ request }: RestCall): number => {
  const [, minor] = /^compute 2\.(\d+)$/.exec(request.headers['openstack-api-version'] ?? '') ?? [];
  return Number(minor ?? 1);
};

export const novaRoutes = (world: World): Routes => {
  const nova = new Nova(world);
  const newest = (): number => Number(world.settings.nova.split('.')[1]);
  const routes: Routes = {
    'GET /compute/v2.1/': () =>
      json(200, { version: { id: 'v2.1', version: world.settings.nova, min_version: '2.1' } }),
    'GET /compute/v2.1/flavors/detail': () => json(200, { flavors }),
    'GET /compute/v2.1/limits': () => json(200, nova.limits()),
    'GET /compute/v2.1/os-keypairs': call => {
      const { items, more } = pageOf(world, world.ofKind('keypair'), call);
      const keypairs = items.map(({ body }) => ({ keypair: body }));
      return json(200, { keypairs, ...links('keypairs', more) });
    },
    'POST /compute/v2.1/os-keypairs': ({ body }) =>
      checked(keypairRequest, body, bad, ({ keypair }) => nova.createKey(keypair)),
    'DELETE /compute/v2.1/os-keypairs/:id': ({ params }) =>
      world.find('keypair', params.id) !== undefined && world.things.delete(params.id ?? '')
        ? json(202)
        : novaRefusal(404, 'itemNotFound', `Keypair ${params.id} not found`),
    'GET /compute/v2.1/servers/detail': call => {
      const wanted = (call.query.get('tags') ?? '').split(',').filter(tag => tag !== '');
      const fitting = world
        .ofKind('server')
        .filter(({ body }) => wanted.every(tag => (body.tags as readonly string[]).includes(tag)));
      const { items, more } = pageOf(world, fitting, call);
      const servers = items.map(one => nova.view(one as Server));
      return json(200, { servers, ...links('servers', more) });
    },
    'POST /compute/v2.1/servers': call =>
      checked(serverRequest, call.body, bad, ({ server }) =>
        server.tags !== undefined && minorOf(call) < 52
          ? bad("Additional properties are not allowed ('tags' was unexpected)")
          : nova.createServer(server),
      ),
    'GET /compute/v2.1/servers/:id': call =>
      nova.one(call, server => json(200, { server: nova.view(server) })),
    'DELETE /compute/v2.1/servers/:id': call => nova.one(call, server => nova.remove(server)),
    'POST /compute/v2.1/servers/:id/metadata': call =>
      nova.one(call, server =>
        checked(metadataRequest, call.body, bad, ({ metadata }) => {
          server.body.metadata = { ...(server.body.metadata as object), ...metadata };
          return json(200, { metadata: server.body.metadata });
        }),
      ),
    'POST /compute/v2.1/servers/:id/action': call =>
      nova.one(call, server =>
        checked(actionRequest, call.body, bad, action =>
          'forceDelete' in action ? nova.remove(server, true) : nova.console(server),
        ),
      ),
  };
  const guarded = Object.entries(routes).map(([name, route]): [string, Routes[string]] => [
    name,
    call =>
      minorOf(call) > newest()
        ? novaRefusal(406, 'computeFault', `Version 2.${minorOf(call)} is not supported by the API.`)
        : route(call),
  ]);
  return Object.fromEntries(guarded);
};

const fail = (server: Server, fault: string): void =>
  void Object.assign(server, { status: 'ERROR', task: null, fault });

class Nova {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  limits(): object {
    const servers = this.#world.ofKind('server');
    const used = servers.map(({ body }) => flavors.find(({ id }) => id === body.flavorRef));
    const sum = (of: (flavor: Flavor) => number): number =>
      used.reduce((all, flavor) => all + (flavor === undefined ? 0 : of(flavor)), 0);
    const absolute = {
      ...{ maxTotalInstances: this.#world.settings.instances, totalInstancesUsed: servers.length },
      ...{ maxTotalCores: -1, totalCoresUsed: sum(({ vcpus }) => vcpus) },
      ...{ maxTotalRAMSize: 512_000, totalRAMUsed: sum(({ ram }) => ram) },
    };
    return { limits: { rate: [], absolute } };
  }

  createKey(keypair: { readonly name: string; readonly public_key: string }): SimAnswer {
    const { name } = keypair;
    if (this.#world.find('keypair', name) !== undefined)
      return novaRefusal(409, 'conflictingRequest', `Key pair '${name}' already exists.`);
    const blob = Buffer.from(keypair.public_key.split(' ')[1] ?? '', 'base64');
    const fingerprint = createHash('md5').update(blob).digest('hex');
    const { body } = this.#world.add('keypair', { ...keypair, fingerprint, type: 'ssh' }, name);
    return json(201, { keypair: body });
  }

  one(
    { params }: RestCall,
    work: (server: Server) => SimAnswer | Promise<SimAnswer>,
  ): SimAnswer | Promise<SimAnswer> {
    const server = this.#world.server(params.id ?? '');
    return server === undefined
      ? novaRefusal(404, 'itemNotFound', `Instance ${params.id} could not be found.`)
      : work(server);
  }

  view(server: Server): object {
    const { id, body, status, task, fault, created } = server;
    const { name, metadata, tags, key_name = null, config_drive = false } = body;
    return {
      ...{ id, name, metadata, tags, key_name, status, created },
      config_drive: config_drive === true ? 'True' : '',
      'OS-EXT-STS:task_state': task,
      addresses: this.#addresses(server),
      ...(fault === undefined ? {} : { fault: { code: 500, message: fault, created } }),
    };
  }

  #addresses({ body, guest }: Server): object {
    if (guest === undefined) return {};
    const ports = (body.networks as readonly { port: string }[]).map(({ port }) =>
      this.#world.find('port', port),
    );
    const network = this.#world.find('network', ports[0]?.body.network_id);
    const card = { version: 4, 'OS-EXT-IPS-MAC:mac_addr': 'fa:16:3e:00:00:01' };
    // Who is on a network that others reach has one address only.
    const outside = network?.body.shared === true;
    const fixed = outside ? guest.publicAddress : guest.privateAddress;
    const floating = this.#world
      .ofKind('floating-ip')
      .filter(one => ports.some(port => port?.id === one.body.port_id))
      .map(() => ({ ...card, addr: guest.publicAddress, 'OS-EXT-IPS:type': 'floating' }));
    return {
      [String(network?.body.name)]: [...floating, { ...card, addr: fixed, 'OS-EXT-IPS:type': 'fixed' }],
    };
  }

  createServer(wanted: ServerRequest): SimAnswer {
    const refusal = this.#refusal(wanted);
    if (refusal !== undefined) return refusal;
    const thing = this.#world.add('server', { tags: [], ...wanted });
    const server: Server = Object.assign(thing, {
      ...{ status: 'BUILD', task: 'scheduling', fault: undefined, guest: undefined },
    });
    for (const port of this.#ports(server)) port.body.device_id = server.id;
    for (const volume of this.#volumes(wanted)) volume.body.status = 'in-use';
    this.#world.later(() => this.#boot(server).catch(error => fail(server, `simulator: ${String(error)}`)));
    return json(202, { server: { id: server.id, links: [], security_groups: [], adminPass: 'none' } });
  }

  #refusal(wanted: ServerRequest): SimAnswer | undefined {
    const world = this.#world;
    const used = world.ofKind('server').length;
    const limit = world.settings.instances;
    if (used >= limit)
      return novaRefusal(
        403,
        'forbidden',
        `Quota exceeded for instances: Requested 1, but already used ${used} of ${limit} instances`,
      );
    const flavor = flavors.find(({ id }) => id === wanted.flavorRef);
    if (flavor === undefined) return bad(`Flavor ${wanted.flavorRef} could not be found.`);
    if (wanted.key_name !== undefined && world.find('keypair', wanted.key_name) === undefined)
      return bad('Invalid key_name provided.');
    const ports = wanted.networks.map(({ port }) => world.find('port', port));
    if (ports.some(port => port === undefined)) return bad('a port could not be found');
    if (ports.some(port => port?.body.device_id !== undefined))
      return novaRefusal(409, 'conflictingRequest', 'Port is still in use.');
    const volumes = this.#volumes(wanted);
    if (volumes.some(({ body }) => body.status !== 'available'))
      return bad('Block Device Mapping is Invalid');
    return this.#diskRefusal(wanted, flavor);
  }

  #diskRefusal(wanted: ServerRequest, flavor: Flavor): SimAnswer | undefined {
    const { block_device_mapping_v2: mapping = [] } = wanted;
    const first = mapping.find(({ boot_index }) => boot_index === 0);
    const isNamed = first?.source_type === 'image' && first.uuid === wanted.imageRef;
    if (mapping.length > 0 && first?.source_type !== 'volume' && !isNamed)
      return bad('Block Device Mapping is Invalid: Boot sequence for the instance is not valid.');
    if (first?.source_type === 'volume') return undefined;
    const image = this.#world.find('image', wanted.imageRef);
    if (image?.body.status !== 'active') return bad(`Image ${wanted.imageRef} is not active.`);
    return flavor.disk < Number(image.body.min_disk)
      ? bad("Flavor's disk is too small for requested image.")
      : undefined;
  }

  #ports({ body }: Thing): readonly Thing[] {
    const networks = body.networks as ServerRequest['networks'];
    return networks.flatMap(({ port }) => this.#world.find('port', port) ?? []);
  }

  #volumes({ block_device_mapping_v2: mapping = [] }: Partial<ServerRequest>): readonly Thing[] {
    return mapping.flatMap(({ uuid }) => this.#world.find('volume', uuid) ?? []);
  }

  async #boot(server: Server): Promise<void> {
    const world = this.#world;
    const wanted = server.body as unknown as ServerRequest;
    const flavor = flavors.find(({ id }) => id === wanted.flavorRef);
    if (world.settings.full.has(flavor?.name ?? '')) {
      fail(server, 'No valid host was found. There are not enough hosts available.');
      return;
    }
    const volumes = this.#volumes(wanted);
    const first = wanted.block_device_mapping_v2?.find(({ boot_index }) => boot_index === 0);
    const root = volumes.find(({ id }) => id === first?.uuid);
    const image = world.find('image', root === undefined ? wanted.imageRef : root.body.imageRef);
    const disk = await rawDisk(world, image?.id ?? '');
    const rootGib = root === undefined ? (flavor?.disk ?? 0) : Number(root.body.size);
    const [port] = this.#ports(server);
    const guest = await world.guests.start({
      id: server.id,
      arch: image?.body.architecture === 'aarch64' ? 'arm64' : 'amd64',
      disk,
      diskBytes: Math.max(statSync(disk).size, rootGib * gib),
      extraDisks: volumes
        .filter(volume => volume !== root)
        .map(({ id, body }) => ({ serial: id.slice(0, 20), bytes: Number(body.size) * gib })),
      network: String(port?.body.network_id),
      metadata: metadataService(world, server),
      ...(wanted.config_drive === true ? { configDrive: configDriveOf(world, server) } : {}),
    });
    if (!world.things.has(server.id)) return guest.kill();
    Object.assign(server, { guest, status: 'ACTIVE', task: null });
    void guest.off.then(() => {
      server.status = 'SHUTOFF';
    });
  }

  remove(server: Server, force = false): SimAnswer {
    if (this.#world.settings.softDelete && !force) {
      server.status = 'SOFT_DELETED';
      return json(204);
    }
    server.task = 'deleting';
    this.#world.later(async () => {
      await server.guest?.kill();
      for (const port of this.#ports(server)) delete port.body.device_id;
      for (const volume of this.#volumes(server.body)) volume.body.status = 'available';
      this.#world.things.delete(server.id);
    });
    return json(204);
  }

  console({ guest }: Server): SimAnswer {
    return guest === undefined
      ? novaRefusal(409, 'conflictingRequest', 'The instance is not ready.')
      : json(200, { output: guest.console().slice(-consoleWindow) });
  }
}
