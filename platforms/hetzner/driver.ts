import { createHash } from 'node:crypto';
import { z } from 'zod';
import { BaseDriver } from '../../src/cloud/base-driver.ts';
import type { CloudDriver, Launched } from '../../src/cloud/driver.ts';
import { firstWithRoom } from '../../src/cloud/first-with-room.ts';
import { OnceEach } from '../../src/cloud/once-each.ts';
import { orGone } from '../../src/cloud/or-gone.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { hourlyPrice } from '../../src/cloud/prices.ts';
import { checkRoom } from '../../src/cloud/room.ts';
import { md5Fingerprint } from '../../src/cloud/ssh-fingerprint.ts';
import { epoch, tagKeys } from '../../src/cloud/tags.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { FlightContext, MachineSize, MachineSpec } from '../../src/core/platform.ts';
import type { Arch } from '../../src/core/target.ts';
import { type HetznerCloud, siteOf } from './connect.ts';
import { create } from './create.ts';
import { findShared, uploadImage } from './image.ts';
import { kinds, paths } from './kinds.ts';
import type { HetznerOptions } from './options.ts';
import { awaitState, getServer } from './servers.ts';

/** As Flatcar's own pipeline uses them. */
export const defaultTypes: Readonly<Record<Arch, readonly [string]>> = { amd64: ['cpx22'], arm64: ['cax11'] };
const vendorArch = { amd64: 'x86', arm64: 'arm' } as const;

const serverType = z.object({
  name: z.string(),
  architecture: z.string(),
  cores: z.number(),
  /** GB. */
  memory: z.number(),
});

/** Networks reach the locations of one zone. */
const zones: Readonly<Record<string, string>> = { ash: 'us-east', hil: 'us-west', sin: 'ap-southeast' };

interface Prepared {
  readonly image: string;
  readonly firewall: number;
  readonly network: number;
  readonly owner: Owner;
}

/** Servers behind the verbs of a cloud flight. */
export class HetznerDriver
  extends BaseDriver<HetznerCloud, HetznerOptions, Prepared>
  implements CloudDriver<HetznerCloud>
{
  readonly platform = 'hetzner';
  readonly kinds = kinds;
  readonly userDataLimit = 32_768;
  readonly site: Readonly<Record<string, string>>;
  readonly #types: readonly string[];
  /** Keys of this flight, each created once: many machines are given the same. */
  readonly #keys = new OnceEach<number>();
  #facts: MachineSize | undefined;

  constructor(cloud: HetznerCloud, options: HetznerOptions, context: FlightContext) {
    super(cloud, options, context, options.hetznerEndpoint);
    this.#types = options.hetznerServerType ?? defaultTypes[context.arch];
    this.site = siteOf(options);
  }

  get defaultSize(): MachineSize {
    return this.#facts ?? { memoryMiB: 4096, vcpus: 2 };
  }

  async preflight(signal: AbortSignal): Promise<PreflightReport> {
    const { location } = this.cloud;
    const offered = await this.cloud.all('/server_types', 'server_types', serverType, signal);
    const places = await this.cloud.all('/locations', 'locations', z.object({ name: z.string() }), signal);
    if (!places.some(({ name }) => name === location))
      throw new UsageError('hetzner-location', `Hetzner has no location ${location}`);
    const wanted = this.#types.map(name => {
      const type = offered.find(one => one.name === name);
      if (type?.architecture === vendorArch[this.context.arch]) return type;
      throw new UsageError(
        'hetzner-type',
        `expected a server type for ${vendorArch[this.context.arch]}, found ${name}${type === undefined ? ', which does not exist' : ''}`,
        { hint: 'choose another with --hetzner-server-type' },
      );
    });
    this.#facts = {
      memoryMiB: Math.min(...wanted.map(({ memory }) => memory * 1024)),
      vcpus: Math.min(...wanted.map(({ cores }) => cores)),
    };
    const machines = this.context.machinesAtOnce ?? 1;
    const hourly = hourlyPrice('hetzner', this.#types[0] ?? '', machines);
    return {
      identity: `the project of the token, in ${location}`,
      creates: [
        ...(this.options.hetznerImage === undefined
          ? ['a temporary server and a snapshot of it, unless the image was uploaded before']
          : []),
        'a network, a firewall, and SSH keys',
        `${this.#types.join(' or ')} servers`,
      ],
      ...(hourly === undefined ? {} : { hourly }),
      notes: ['limits are not told by the API', 'there is no console: see the journal'],
    };
  }

  async prepare(owner: Owner, signal: AbortSignal): Promise<void> {
    const { cloud } = this;
    const runner = await this.runner(signal);
    const image = await this.#image(owner, signal);
    const network_zone = zones[cloud.location] ?? 'eu-central';
    const subnets = [{ type: 'cloud', ip_range: '10.0.0.0/16', network_zone }];
    const net = { ip_range: '10.0.0.0/16', subnets };
    const network = await create(cloud, 'network', 'network', net, owner, signal);
    // Firewalls hold for the public side only: the servers of the run reach one another.
    const ssh = { direction: 'in', protocol: 'tcp', port: '22', source_ips: [runner] };
    const firewall = await create(cloud, 'firewall', 'firewall', { rules: [ssh] }, owner, signal);
    this.shared = { image, firewall, network, owner };
  }

  async #image(owner: Owner, signal: AbortSignal): Promise<string> {
    const { image, stateDir, log } = this.context;
    if (this.options.hetznerImage !== undefined) return this.options.hetznerImage;
    const shared = await findShared(this.cloud, image, signal);
    if (shared === undefined)
      return uploadImage(this.cloud, image, this.#types[0] ?? '', owner, stateDir, signal);
    log(`Using image ${shared.id}, which was uploaded before`);
    return String(shared.id);
  }

  async launch(spec: MachineSpec, userData: string, owner: Owner, signal: AbortSignal): Promise<Launched> {
    const { memoryMiB } = this.defaultSize;
    checkRoom(spec, { code: 'hetzner-size', names: this.#types, memoryMiB, flag: '--hetzner-server-type' });
    const { image, network, firewall, owner: flight } = this.shared;
    const { metadataKey } = spec;
    const keyOf = (key: string): Promise<number> =>
      this.#keys.get(key, () => this.#ensureKey(key, flight, signal));
    const keys = metadataKey === undefined ? [] : [await keyOf(metadataKey)];
    const wanted = {
      ...{ image, location: this.cloud.location, ssh_keys: keys, networks: [network] },
      firewalls: [{ firewall }],
      public_net: { enable_ipv4: true, enable_ipv6: false },
      ...(userData === '' ? {} : { user_data: userData }),
    };
    const id = await this.#createSomewhere(spec, wanted, owner, signal);
    return awaitState(this.cloud, id, 'running', signal);
  }

  #createSomewhere(spec: MachineSpec, wanted: object, owner: Owner, signal: AbortSignal): Promise<number> {
    const { cloud } = this;
    const name = (type: string): string => `${type} in ${cloud.location}`;
    return firstWithRoom({ places: this.#types, name, noun: 'type', log: cloud.log }, server_type =>
      create(cloud, 'server', spec.id, { ...wanted, server_type }, owner, signal),
    );
  }

  /** A project has each key once: one that is there is used as it is. */
  async #ensureKey(publicKey: string, owner: Owner, signal: AbortSignal): Promise<number> {
    const { cloud } = this;
    const query = { fingerprint: md5Fingerprint(publicKey) };
    const [there] = await cloud.all('/ssh_keys', 'ssh_keys', z.object({ id: z.number() }), signal, query);
    if (there !== undefined) return there.id;
    const what = `key-${createHash('sha256').update(publicKey).digest('hex').slice(0, 8)}`;
    return create(cloud, 'ssh-key', what, { public_key: publicKey }, owner, signal);
  }

  gone({ platformId }: Launched, signal: AbortSignal): Promise<string | undefined> {
    return orGone(async () => {
      const { status } = await getServer(this.cloud, platformId, signal);
      return ['off', 'deleting', 'stopping'].includes(status) ? status : undefined;
    });
  }

  async renew(expires: number, signal: AbortSignal): Promise<void> {
    for (const { kind, id } of this.context.ledger.open()) {
      const path = `${paths[kind] ?? ''}/${id}`;
      if (id !== undefined)
        await relabel(this.cloud, path, kind, { [tagKeys.expires]: epoch(expires) }, signal);
    }
  }
}

const labelsOf = z.object({ labels: z.record(z.string(), z.string()) });

/** The API replaces all labels at once. */
export const relabel = async (
  cloud: HetznerCloud,
  path: string,
  kind: string,
  more: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> => {
  const key = kind.replace('-', '_');
  const known = await cloud.send('GET labels', path, z.looseObject({ [key]: labelsOf }), signal);
  const labels = { ...labelsOf.parse(known[key]).labels, ...more };
  await cloud.send('PUT labels', path, z.unknown(), signal, { labels });
};
