import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { json, type RestCall, type Routes } from '../rest.ts';
import type { SimAnswer } from '../server.ts';
import { checked, type Kind, pageOf, project, type Thing, type World } from './world.ts';

export const neutronRefusal = (
  status: number,
  type: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): SimAnswer => json(status, { NeutronError: { type, message, detail: '' } }, headers);

const bad = (message: string): SimAnswer => neutronRefusal(400, 'HTTPBadRequest', message);
const inUse = (type: string, what: string): SimAnswer =>
  neutronRefusal(409, type, `Unable to complete operation on ${what}: it is still in use.`);

const named = { name: z.string().max(255), description: z.string().max(255) };
const id = z.string();

interface Resource {
  readonly kind: Kind;
  readonly one: string;
  readonly many: string;
  readonly path: string;
  readonly request: z.ZodType<Record<string, unknown>>;
}

const resources: readonly Resource[] = [
  {
    ...{ kind: 'network', one: 'network', many: 'networks', path: 'networks' },
    request: z.strictObject(named),
  },
  {
    ...{ kind: 'subnet', one: 'subnet', many: 'subnets', path: 'subnets' },
    request: z.strictObject({ ...named, network_id: id, ip_version: z.literal(4), cidr: z.cidrv4() }),
  },
  {
    ...{ kind: 'router', one: 'router', many: 'routers', path: 'routers' },
    request: z.strictObject({ ...named, external_gateway_info: z.strictObject({ network_id: id }) }),
  },
  {
    ...{ kind: 'port', one: 'port', many: 'ports', path: 'ports' },
    request: z.strictObject({ ...named, network_id: id, security_groups: z.array(id) }),
  },
  {
    ...{ kind: 'floating-ip', one: 'floatingip', many: 'floatingips', path: 'floatingips' },
    request: z.strictObject({ description: named.description, floating_network_id: id, port_id: id }),
  },
  {
    ...{ kind: 'security-group', one: 'security_group', many: 'security_groups', path: 'security-groups' },
    request: z.strictObject(named),
  },
];

const rule = z.strictObject({
  security_group_rule: z.strictObject({
    security_group_id: id,
    direction: z.literal('ingress'),
    ethertype: z.enum(['IPv4', 'IPv6']),
    protocol: z.enum(['tcp', 'udp', 'icmp']).optional(),
    port_range_min: z.number().optional(),
    port_range_max: z.number().optional(),
    remote_ip_prefix: z.cidrv4().optional(),
    remote_group_id: id.optional(),
  }),
});

const base = '/networking/v2.0';

export const neutronRoutes = (world: World): Routes => ({
  ...Object.assign({}, ...resources.map(resource => routesOf(world, resource))),
  [`POST ${base}/security-group-rules`]: ({ body }: RestCall) =>
    checked(rule, body, bad, ({ security_group_rule: wanted }) => {
      if (world.find('security-group', wanted.security_group_id) === undefined)
        return neutronRefusal(404, 'SecurityGroupNotFound', 'there is no such group');
      if (world.rules.some(one => JSON.stringify(one) === JSON.stringify(wanted)))
        return neutronRefusal(409, 'SecurityGroupRuleExists', 'Security group rule already exists.');
      world.rules.push(wanted);
      return json(201, { security_group_rule: { id: randomUUID(), ...wanted } });
    }),
  [`PUT ${base}/routers/:id/add_router_interface`]: ({ params, body }: RestCall) =>
    checked(z.strictObject({ subnet_id: id }), body, bad, ({ subnet_id: subnet }) => {
      const router = params.id ?? '';
      if (world.find('router', router) === undefined || world.find('subnet', subnet) === undefined)
        return neutronRefusal(404, 'RouterNotFound', 'there is no such router or subnet');
      if (world.cards.some(card => card.router === router && card.subnet === subnet))
        return bad(`Bad router request: Router already has a port on subnet ${subnet}.`);
      const card = { id: randomUUID(), router, subnet };
      world.cards.push(card);
      return json(200, { id: router, subnet_id: subnet, port_id: card.id });
    }),
  [`PUT ${base}/routers/:id/remove_router_interface`]: ({ params, body }: RestCall) =>
    checked(z.strictObject({ port_id: id }), body, bad, ({ port_id: port }) => {
      const index = world.cards.findIndex(card => card.router === params.id && card.id === port);
      const card = world.cards[index];
      if (card === undefined) return neutronRefusal(404, 'RouterInterfaceNotFound', 'there is no such card');
      if (world.ofKind('floating-ip').some(one => leadsTo(world, one, card.subnet)))
        return inUse('RouterInterfaceInUseByFloatingIP', `router ${card.router}`);
      world.cards.splice(index, 1);
      return json(200, { id: card.router, port_id: port });
    }),
  [`GET ${base}/quotas/:project/details.json`]: () => {
    const used = world.ofKind('floating-ip').length;
    return json(200, { quota: { floatingip: { limit: world.settings.floatingIps, used, reserved: 0 } } });
  },
});

const leadsTo = (world: World, floating: Thing, subnet: string): boolean => {
  const port = world.find('port', floating.body.port_id);
  return port !== undefined && port.body.network_id === world.find('subnet', subnet)?.body.network_id;
};

const routesOf = (world: World, resource: Resource): Routes => {
  const { kind, one, many, path, request } = resource;
  const found = (
    { params }: RestCall,
    work: (thing: Thing) => SimAnswer | Promise<SimAnswer>,
  ): SimAnswer | Promise<SimAnswer> => {
    const thing = world.find(kind, params.id);
    return thing === undefined
      ? neutronRefusal(404, `${kind}NotFound`, `${kind} ${params.id} could not be found.`)
      : work(thing);
  };
  const show = (thing: Thing): object => viewOf(world, thing);
  return {
    [`GET ${base}/${path}`]: call => {
      const wanted = [...call.query].filter(([key]) => !['limit', 'marker'].includes(key));
      const all = kind === 'port' ? [...world.ofKind(kind), ...cardPorts(world)] : world.ofKind(kind);
      const fitting = all.filter(thing => {
        const view: Readonly<Record<string, unknown>> = { ...show(thing) };
        return wanted.every(([key, value]) => String(view[key]) === value);
      });
      const { items, more } = pageOf(world, fitting, call);
      const next = more ? { [`${many}_links`]: [{ rel: 'next', href: 'http://behind.a.proxy/' }] } : {};
      return json(200, { [many]: items.map(show), ...next });
    },
    [`POST ${base}/${path}`]: ({ body }) =>
      checked(z.strictObject({ [one]: request }), body, bad, asked => {
        const wanted = asked[one] ?? {};
        const refusal = refusalOf(world, kind, wanted);
        if (refusal !== undefined) return refusal;
        const thing = world.add(kind, { ...wanted, project_id: project.id });
        return json(201, { [one]: show(thing) });
      }),
    [`GET ${base}/${path}/:id`]: call => found(call, thing => json(200, { [one]: show(thing) })),
    [`PUT ${base}/${path}/:id`]: call =>
      found(call, thing =>
        checked(
          z.strictObject({ [one]: z.strictObject({ description: named.description }) }),
          call.body,
          bad,
          asked => {
            Object.assign(thing.body, asked[one]);
            return json(200, { [one]: show(thing) });
          },
        ),
      ),
    [`DELETE ${base}/${path}/:id`]: call =>
      found(call, thing => {
        const user = userOf(world, thing);
        if (user !== undefined) return inUse(user, `${kind} ${thing.id}`);
        world.things.delete(thing.id);
        return json(204);
      }),
  };
};

/** What something that is asked for lacks. */
const refusalOf = (world: World, kind: Kind, wanted: Record<string, unknown>): SimAnswer | undefined => {
  const unknown = (what: string): SimAnswer =>
    neutronRefusal(404, `${what}NotFound`, `there is no such ${what}`);
  if (kind === 'subnet' && world.find('network', wanted.network_id) === undefined) return unknown('Network');
  if (kind === 'port') {
    if (world.find('network', wanted.network_id) === undefined) return unknown('Network');
    const groups = wanted.security_groups as readonly string[];
    if (groups.some(group => world.find('security-group', group) === undefined))
      return unknown('SecurityGroup');
  }
  if (kind === 'floating-ip') return floatingRefusal(world, wanted);
  return undefined;
};

const floatingRefusal = (world: World, wanted: Record<string, unknown>): SimAnswer | undefined => {
  if (world.ofKind('floating-ip').length >= world.settings.floatingIps)
    return neutronRefusal(409, 'OverQuota', "Quota exceeded for resources: ['floatingip'].");
  const network = world.find('port', wanted.port_id)?.body.network_id;
  const routed = world.cards.some(({ router, subnet }) => {
    const gateway = world.find('router', router)?.body.external_gateway_info as { network_id: string };
    return (
      gateway.network_id === wanted.floating_network_id &&
      world.find('subnet', subnet)?.body.network_id === network
    );
  });
  return routed
    ? undefined
    : neutronRefusal(
        404,
        'ExternalGatewayForFloatingIPNotFound',
        'External network is not reachable from subnet.',
      );
};

/** Type of the error when something else still needs it. */
const userOf = (world: World, { kind, id: own }: Thing): string | undefined => {
  const ports = world.ofKind('port');
  const networkOf = (subnet: string): unknown => world.find('subnet', subnet)?.body.network_id;
  const uses: Readonly<Partial<Record<Kind, readonly [type: string, used: boolean]>>> = {
    network: [
      'NetworkInUse',
      ports.some(({ body }) => body.network_id === own) ||
        world.cards.some(({ subnet }) => networkOf(subnet) === own),
    ],
    subnet: [
      'SubnetInUse',
      ports.some(({ body }) => body.network_id === networkOf(own)) ||
        world.cards.some(({ subnet }) => subnet === own),
    ],
    router: ['RouterInUse', world.cards.some(({ router }) => router === own)],
    'security-group': [
      'SecurityGroupInUse',
      ports.some(({ body }) => (body.security_groups as readonly string[]).includes(own)),
    ],
  };
  const use = uses[kind];
  return use?.[1] === true ? use[0] : undefined;
};

const cardPorts = (world: World): readonly Thing[] =>
  world.cards.map(({ id: card, router }) => ({
    ...{ kind: 'port', id: card, created: '' },
    body: { device_id: router, device_owner: 'network:router_interface', description: '' },
  }));

const viewOf = (world: World, thing: Thing): object => {
  const { kind, body } = thing;
  const common = { ...body, id: thing.id };
  if (kind === 'port')
    return { device_id: '', device_owner: body.device_id === undefined ? '' : 'compute:nova', ...common };
  if (kind !== 'floating-ip') return common;
  const port = world.find('port', body.port_id);
  const address = port === undefined ? undefined : world.serverOf(port)?.guest?.publicAddress;
  // Only a machine that runs knows where it is reached on this host.
  return { ...common, floating_ip_address: address ?? '203.0.113.9', status: 'ACTIVE' };
};
