import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Launched } from '../../src/cloud/driver.ts';
import { faultOf } from '../../src/cloud/fault.ts';
import { firstWithRoom } from '../../src/cloud/first-with-room.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { tagKeys } from '../../src/cloud/tags.ts';
import { ProvisioningError } from '../../src/core/errors.ts';
import type { MachineSpec } from '../../src/core/platform.ts';
import type { Arch } from '../../src/core/target.ts';
import type { Device, DeviceWish } from './api.ts';
import type { MetalCloud } from './connect.ts';
import { type InstallerUrls, installerConfig, ipxeScript } from './installer.ts';
import { isOver } from './kinds.ts';
import { metalTags, tagsOf } from './metal-tags.ts';
import type { Shelf } from './shelf.ts';
import { awaitInstalled } from './signal.ts';
import { SosConsole } from './sos.ts';

/** What all machines of a flight share. */
export interface Site {
  readonly arch: Arch;
  readonly plans: readonly string[];
  readonly places: readonly Place[];
  readonly shelf: Shelf;
  readonly urls: InstallerUrls;
  /** File of this host, or a URL elsewhere. */
  readonly image: { readonly file: string } | { readonly url: string };
  /** The run's own key, for consoles: its id, and the secret half. */
  readonly key: { readonly id: string; readonly privateKey: string };
  /** `{metro}` stands for the device's. */
  readonly sos: { readonly host: string; readonly port: number };
  /** Milliseconds. */
  readonly launchLimit: number;
  readonly installLimit: number;
  /** Owns devices that outlive their first machine; absent = each machine has a device of its own. */
  readonly pooled: Owner | undefined;
}

/** Where a device may stand. */
export type Place = { readonly metro: string } | { readonly facility: readonly string[] };

export interface Installed extends Launched {
  readonly console: SosConsole;
}

/** Gets a device, has the image installed on it, and returns when it is about to boot from its disk. */
export const launch = async (
  cloud: MetalCloud,
  site: Site,
  spec: MachineSpec,
  userData: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<Installed> => {
  const keys = [site.key.id];
  if (spec.metadataKey !== undefined)
    keys.push(await createKey(cloud, `key-${spec.id}`, spec.metadataKey, owner, signal));
  await using shelved = new AsyncDisposableStack();
  const put = async (name: string, text: string): Promise<string> => {
    const ware = await site.shelf.put(name, { text });
    shelved.defer(() => ware.remove());
    return ware.url;
  };
  let imageUrl = 'url' in site.image ? site.image.url : '';
  if ('file' in site.image) {
    const ware = await site.shelf.put('image.bin.bz2', site.image);
    shelved.defer(() => ware.remove());
    imageUrl = ware.url;
  }
  const config = await put(
    'installer.ign',
    installerConfig({ imageUrl, userData, channel: spec.userData.channel }),
  );
  const script = await put('installer.ipxe', ipxeScript(site.arch, site.urls, config));
  const id = await findDevice(cloud, site, spec, script, keys, owner, signal);
  // Awaited here: what is shelved goes when this returns.
  return await install(cloud, site, spec, id, signal);
};

/** Registers a public key with the project; devices name the keys that they take. */
export const createKey = (
  { api, calls }: MetalCloud,
  what: string,
  publicKey: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> =>
  owner.create('ssh-key', what, async ({ name, tags }) => {
    const repeated = firstOnly(async own => (await api.keys(own)).find(({ label }) => label === name));
    const { id } = await calls.call(
      'metal CreateSshKey',
      signal,
      async own => (await repeated(own)) ?? (await api.createKey(name, publicKey, metalTags(tags), own)),
      { creates: true, once: true, retry: ['transient'] },
    );
    return { id, value: id };
  });

/**
 * The API has no idempotency token: before a request is made again after an error of the server, what the first one may
 * have created is looked for. When no answer came at all, nothing is repeated: the ledger's name finds it.
 */
const firstOnly = <T>(
  look: (signal: AbortSignal) => Promise<T | undefined>,
): ((signal: AbortSignal) => Promise<T | undefined>) => {
  let tried = false;
  return async signal => {
    if (tried) return look(signal);
    tried = true;
    return undefined;
  };
};

const findDevice = async (
  cloud: MetalCloud,
  site: Site,
  spec: MachineSpec,
  script: string,
  keys: readonly string[],
  owner: Owner,
  signal: AbortSignal,
): Promise<string> => {
  const { pooled } = site;
  if (pooled === undefined) return createDevice(cloud, site, spec, script, keys, owner, signal);
  const key = spec.metadataKey ?? '';
  const idle = cloud.pool.take(key);
  const id = idle ?? (await createDevice(cloud, site, spec, script, keys, pooled, signal));
  cloud.pool.note(id, key);
  await owner.create('reservation', `use-${spec.id}`, async () => ({ id, value: id }));
  if (idle === undefined) return id;
  cloud.log(`Installing ${spec.role} on device ${id}, which is free again`);
  const { api, calls } = cloud;
  const change = { always_pxe: true, ipxe_script_url: script, hostname: spec.id };
  try {
    await calls.call('metal UpdateDevice', signal, own => api.changeDevice(id, change, own));
    await calls.call('metal RebootDevice', signal, own => api.reboot(id, own));
  } catch (error) {
    if (faultOf(error)?.kind === 'not-found') cloud.pool.forget(id);
    throw error;
  }
  return id;
};

/** Tries every plan in every place until there is room. */
const createDevice = (
  cloud: MetalCloud,
  site: Site,
  spec: MachineSpec,
  script: string,
  keys: readonly string[],
  owner: Owner,
  signal: AbortSignal,
): Promise<string> =>
  owner.create('device', spec.id, async ({ name, tags }) => {
    const request = {
      hostname: spec.id,
      operating_system: 'custom_ipxe',
      ipxe_script_url: script,
      always_pxe: true,
      billing_cycle: 'hourly',
      tags: metalTags(tags),
      // The provider's own self-destruct; moved on with the lease.
      termination_time: new Date(Number(tags[tagKeys.expires]) * 1000).toISOString(),
      project_ssh_keys: keys,
    } as const;
    const id = await createSomewhere(cloud, site, request, name, signal);
    return { id, value: id };
  });

const createSomewhere = async (
  { api, calls, log }: MetalCloud,
  { plans, places }: Site,
  request: Omit<DeviceWish, 'plan' | 'metro' | 'facility'>,
  name: string,
  signal: AbortSignal,
): Promise<string> => {
  const choices = plans.flatMap(plan => places.map(place => ({ plan, ...place })));
  const tag = `${tagKeys.name}=${name}`;
  const nameOf = (choice: (typeof choices)[number]): string =>
    `${choice.plan} in ${'metro' in choice ? choice.metro : choice.facility.join()}`;
  return firstWithRoom({ places: choices, name: nameOf, noun: 'place', log }, async choice => {
    const repeated = firstOnly(async own => (await api.devices(own, tag)).find(one => !isOver(one.state)));
    const { id } = await calls.call(
      'metal CreateDevice',
      signal,
      async own => (await repeated(own)) ?? (await api.createDevice({ ...request, ...choice }, own)),
      { creates: true, once: true, retry: ['transient'] },
    );
    return id;
  });
};

const install = async (
  cloud: MetalCloud,
  site: Site,
  spec: MachineSpec,
  id: string,
  signal: AbortSignal,
): Promise<Installed> => {
  const { api, calls, log, clock } = cloud;
  const device = await awaitActive(cloud, id, site.launchLimit, signal);
  const addresses = addressesOf(device);
  const metro = device.metro?.code ?? device.facility?.code ?? '';
  const console = new SosConsole({
    host: site.sos.host.replaceAll('{metro}', metro),
    port: site.sos.port,
    device: id,
    key: site.key.privateKey,
  });
  await console.listen(signal).catch((error: unknown) => {
    signal.throwIfAborted();
    log(`Cannot see the console of ${id} yet: ${error instanceof Error ? error.message : String(error)}`);
  });
  try {
    await awaitInstalled({
      host: addresses.publicAddress,
      until: site.installLimit,
      clock,
      signal,
      installed: async () => {
        const change = { always_pxe: false };
        await calls.call('metal UpdateDevice', signal, own => api.changeDevice(id, change, own));
      },
    });
  } finally {
    // What the installer says is not the tested system's: the console rules must not see it. Its last words come after
    // this and lead the console: they say whether it got as far as the reboot.
    writeFileSync(join(spec.evidenceDir, 'installer-console.txt'), console.cut());
  }
  return { platformId: id, ...addresses, console };
};

const awaitActive = (cloud: MetalCloud, id: string, until: number, signal: AbortSignal): Promise<Device> =>
  cloud.calls.eventually(`device ${id} to be active`, { every: 10_000, until }, signal, async () => {
    const device = await cloud.calls.call('metal GetDevice', signal, own => cloud.api.device(id, own));
    if (device.state === 'active' && device.ip_addresses.length > 0) return { done: device };
    if (device.state === 'failed' || isOver(device.state))
      throw new ProvisioningError('equinixmetal-device', `device ${id} is ${device.state}`);
    return { pending: device.state };
  });

/** The IPv4 addresses: one public, one private. */
export const addressesOf = (
  device: Device,
): { readonly publicAddress: string; readonly privateAddress: string } => {
  const find = (open: boolean): string | undefined =>
    device.ip_addresses.find(one => one.address_family === 4 && one.public === open)?.address;
  const publicAddress = find(true);
  const privateAddress = find(false);
  if (publicAddress === undefined || privateAddress === undefined)
    throw new ProvisioningError(
      'equinixmetal-address',
      `expected a public and a private IPv4 address of device ${device.id}, found ${device.ip_addresses.map(({ address }) => address).join(', ') || 'none'}`,
    );
  return { publicAddress, privateAddress };
};

/** The tags of something with another end of lease. */
export const withExpiry = (tags: readonly string[], expires: string): readonly string[] =>
  metalTags({ ...tagsOf(tags), [tagKeys.expires]: expires });
