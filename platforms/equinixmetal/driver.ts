import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BaseDriver } from '../../src/cloud/base-driver.ts';
import type { CloudDriver, Launched } from '../../src/cloud/driver.ts';
import { convertDisk } from '../../src/cloud/image/convert.ts';
import { orGone } from '../../src/cloud/or-gone.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { checkRoom } from '../../src/cloud/room.ts';
import { epoch } from '../../src/cloud/tags.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { FlightContext, MachineSize, MachineSpec } from '../../src/core/platform.ts';
import { makeKeyPair } from '../../src/machine/ssh/keys.ts';
import { compress } from './compress.ts';
import type { MetalCloud } from './connect.ts';
import { installerUrls } from './installer.ts';
import { isOver, kinds } from './kinds.ts';
import { createKey, type Installed, launch, type Place, type Site, withExpiry } from './launch.ts';
import type { MetalOptions } from './options.ts';
import { examineProject } from './preflight.ts';
import { Shelf } from './shelf.ts';

const defaultPlans = { amd64: ['c3.small.x86'], arm64: ['c3.large.arm64'] } as const;
/** Where Flatcar's pipeline found them. */
const defaultMetros = { amd64: ['sv'], arm64: ['dc'] } as const;

const minute = 60_000;
/** For the calls around launch and installation. */
const margin = 5 * minute;

/** Devices behind the verbs of a cloud flight: installed over the network, watched over SSH. */
export class MetalDriver
  extends BaseDriver<MetalCloud, MetalOptions, Site>
  implements CloudDriver<MetalCloud>
{
  readonly platform = 'equinixmetal';
  readonly kinds = kinds;
  /** User-data goes with the installer, which holds it in memory. */
  readonly userDataLimit = 1024 * 1024;
  readonly site: Readonly<Record<string, string>>;
  readonly #plans: readonly string[];
  readonly #places: readonly Place[];
  readonly #machines = new Map<string, Installed>();
  #size: MachineSize = { memoryMiB: 32_768, vcpus: 8 };

  constructor(cloud: MetalCloud, options: MetalOptions, context: FlightContext) {
    super(cloud, options, context, cloud.endpoint);
    this.#plans = options.equinixmetalPlan ?? defaultPlans[context.arch];
    this.#places = placesOf(options, context.arch);
    this.site = { endpoint: cloud.endpoint, project: cloud.project };
  }

  get defaultSize(): MachineSize {
    return this.#size;
  }

  /** A launch ends with the installation. */
  get provisionLimit(): number {
    return launchLimitOf(this.options) + installLimitOf(this.options) + margin;
  }

  async preflight(signal: AbortSignal): Promise<PreflightReport> {
    serveAddress(this.options, this.cloud.endpoint);
    const { arch, machinesAtOnce } = this.context;
    const reuse = this.options.equinixmetalReuse === 'yes';
    const wish = { plans: this.#plans, places: this.#places, arch, machines: machinesAtOnce, reuse };
    const { report, size } = await examineProject(this.cloud, wish, signal);
    this.#size = size;
    return report;
  }

  async prepare(owner: Owner, signal: AbortSignal): Promise<void> {
    const options = this.options;
    const { arch } = this.context;
    const { host, port } = serveAddress(options, this.cloud.endpoint);
    const image = await this.#image(signal);
    const { privateKey, publicKey } = makeKeyPair('kola');
    const id = await createKey(this.cloud, 'console', publicKey, owner, signal);
    this.shared = {
      arch,
      image,
      plans: this.#plans,
      places: this.#places,
      shelf: new Shelf(host, port),
      urls: installerUrls(arch, {
        base: options.equinixmetalInstallerImageBaseUrl,
        kernel: options.equinixmetalInstallerImageKernelUrl,
        initrd: options.equinixmetalInstallerImageCpioUrl,
      }),
      key: { id, privateKey },
      sos: hostAndPort(options.equinixmetalSos ?? 'sos.{metro}.platformequinix.com', 22),
      launchLimit: launchLimitOf(options),
      installLimit: installLimitOf(options),
      pooled: options.equinixmetalReuse === 'yes' ? owner : undefined,
    };
  }

  async #image(signal: AbortSignal): Promise<Site['image']> {
    const { image, stateDir } = this.context;
    const url = this.options.equinixmetalImageUrl;
    if (url !== undefined) return { url };
    const folder = join(stateDir, 'equinixmetal');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, 'image.bin.bz2');
    const raw = await convertDisk(image, 'raw', folder, signal);
    await compress(createReadStream(raw), createWriteStream(file), signal);
    return { file };
  }

  async launch(spec: MachineSpec, userData: string, owner: Owner, signal: AbortSignal): Promise<Launched> {
    const { memoryMiB } = this.#size;
    checkRoom(spec, {
      code: 'equinixmetal-size',
      names: this.#plans,
      memoryMiB,
      flag: '--equinixmetal-plan',
    });
    const installed = await launch(this.cloud, this.shared, spec, userData, owner, signal);
    this.#machines.set(installed.platformId, installed);
    const { platformId, publicAddress, privateAddress } = installed;
    return { platformId, publicAddress, privateAddress };
  }

  /** The stream is opened again when it broke; what was said meanwhile is lost. */
  async readConsole({ platformId }: Launched, signal: AbortSignal): Promise<string> {
    const console = this.#machines.get(platformId)?.console;
    if (console === undefined) return '';
    await console.listen(signal).catch(() => {
      // The text so far is what there is.
    });
    return console.text();
  }

  gone({ platformId }: Launched, signal: AbortSignal): Promise<string | undefined> {
    return orGone(async () => {
      const { calls, api } = this.cloud;
      const { state } = await calls.call('metal GetDevice', signal, own => api.device(platformId, own));
      return isOver(state) || state === 'failed' || state === 'inactive' ? state : undefined;
    });
  }

  /** Tags are written as a whole, so they are read before; the provider's own end moves along. */
  async renew(expires: number, signal: AbortSignal): Promise<void> {
    const { api, calls } = this.cloud;
    const end = epoch(expires);
    const termination_time = new Date(Number(end) * 1000).toISOString();
    const entries = this.context.ledger.open();
    for (const { kind, id } of entries) {
      if (id === undefined || kind !== 'device') continue;
      const { tags } = await calls.call('metal GetDevice', signal, own => api.device(id, own));
      const change = { tags: withExpiry(tags, end), termination_time };
      await calls.call('metal UpdateDevice', signal, own => api.changeDevice(id, change, own));
    }
    const own = new Set(
      entries.flatMap(({ kind, id }) => (kind === 'ssh-key' && id !== undefined ? [id] : [])),
    );
    if (own.size === 0) return;
    const keys = await calls.call('metal ListSshKeys', signal, inner => api.keys(inner));
    for (const { id, tags } of keys)
      if (own.has(id))
        await calls.call('metal UpdateSshKey', signal, inner =>
          api.changeKey(id, withExpiry(tags, end), inner),
        );
  }
}

const launchLimitOf = (options: MetalOptions): number => (options.equinixmetalLaunchTimeout ?? 10) * minute;
const installLimitOf = (options: MetalOptions): number => (options.equinixmetalInstallTimeout ?? 45) * minute;

/** Metros first, in the order of the command line, then facilities. */
export const placesOf = (options: MetalOptions, arch: 'amd64' | 'arm64'): readonly Place[] => {
  const { equinixmetalMetro: metros, equinixmetalFacility: facilities } = options;
  const named = metros ?? (facilities === undefined ? defaultMetros[arch] : []);
  return [
    ...named.map(metro => ({ metro: metro.toLowerCase() })),
    ...(facilities ?? []).map(facility => ({ facility: [facility.toLowerCase()] })),
  ];
};

/** `HOST`, `HOST:PORT`. */
export const hostAndPort = (
  text: string,
  otherwise: number,
): { readonly host: string; readonly port: number } => {
  const [host = '', port] = text.split(':');
  return { host, port: port === undefined ? otherwise : Number(port) };
};

/** How devices reach this host. Those of an endpoint on this very host see it at 127.0.0.1. */
export const serveAddress = (
  options: MetalOptions,
  endpoint: string,
): { readonly host: string; readonly port: number } => {
  const said = options.equinixmetalServe;
  if (said !== undefined) return hostAndPort(said, 0);
  const { hostname } = new URL(endpoint);
  if (hostname === 'localhost' || hostname.startsWith('127.')) return { host: '127.0.0.1', port: 0 };
  throw new UsageError(
    'equinixmetal-serve',
    'devices fetch their installer from this host, and nobody said how they reach it',
    { hint: 'give --equinixmetal-serve=HOST:PORT, with a port that is open to them' },
  );
};
