import { z } from 'zod';
import { BaseDriver } from '../../src/cloud/base-driver.ts';
import type { CloudDriver, Launched } from '../../src/cloud/driver.ts';
import { OnceEach } from '../../src/cloud/once-each.ts';
import { orGone } from '../../src/cloud/or-gone.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { checkRoom } from '../../src/cloud/room.ts';
import { epoch } from '../../src/cloud/tags.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import type { FlightContext, MachineSize, MachineSpec } from '../../src/core/platform.ts';
import { type OpenStackCloud, siteOf } from './connect.ts';
import { diskGib, findImage, findShared, getImage, type ImageFacts, uploadImage } from './image.ts';
import { kinds } from './kinds.ts';
import { launch, type Site } from './launch.ts';
import { renewOne } from './lease.ts';
import { createGroup, createNetwork } from './network.ts';
import type { OpenStackOptions } from './options.ts';
import { type Examined, examineProject } from './preflight.ts';
import { getServer, whyOver } from './servers.ts';

/** What installations of OpenStack call it by custom: 1 processor, 2 GiB of memory, 20 GiB of disk. */
const defaultFlavors = ['m1.small'] as const;

/** Servers of a project behind the verbs of a cloud flight. */
export class OpenStackDriver
  extends BaseDriver<OpenStackCloud, OpenStackOptions, Site>
  implements CloudDriver<OpenStackCloud>
{
  readonly platform = 'openstack';
  readonly kinds = kinds;
  /** The request takes 65535 characters of base64. */
  readonly userDataLimit = 49_149;
  readonly #flavors: readonly string[];
  #examined: Examined | undefined;

  constructor(cloud: OpenStackCloud, options: OpenStackOptions, context: FlightContext) {
    super(cloud, options, context, cloud.endpoint);
    this.#flavors = options.openstackFlavor ?? defaultFlavors;
  }

  /** With the project once it is known: whoever sweeps must be in the same. */
  get site(): Readonly<Record<string, string>> {
    return siteOf(this.options, this.cloud.project);
  }

  get defaultSize(): MachineSize {
    return this.#examined?.size ?? { memoryMiB: 2048, vcpus: 1 };
  }

  get machineLimit(): number {
    return this.#examined?.room ?? Number.POSITIVE_INFINITY;
  }

  async preflight(signal: AbortSignal): Promise<PreflightReport> {
    return (await this.#examine(signal)).report;
  }

  async #examine(signal: AbortSignal): Promise<Examined> {
    const { arch, machinesAtOnce } = this.context;
    const { openstackNetwork, openstackImage } = this.options;
    this.#examined ??= await examineProject(
      this.cloud,
      {
        ...{ arch, flavors: this.#flavors, network: openstackNetwork, image: openstackImage },
        machines: machinesAtOnce,
      },
      signal,
    );
    return this.#examined;
  }

  async prepare(owner: Owner, signal: AbortSignal): Promise<void> {
    const { cloud } = this;
    const { openstackConfigDrive } = this.options;
    const { flavors, network, pool } = await this.#examine(signal);
    const runner = await this.runner(signal);
    const image = await this.#image(owner, signal);
    const group = await createGroup(cloud, runner, owner, signal);
    // Without a network of others there is a pool: preflight found it.
    const own = network?.id ?? (pool === undefined ? '' : await createNetwork(cloud, pool, owner, signal));
    this.shared = {
      image: image.id,
      imageGib: diskGib(image),
      flavors,
      network: own,
      group,
      pool: pool?.id,
      configDrive: openstackConfigDrive === true,
      owner,
      keys: new OnceEach(),
    };
  }

  async #image(owner: Owner, signal: AbortSignal): Promise<ImageFacts> {
    const { arch, image, stateDir, log } = this.context;
    const { openstackImage } = this.options;
    if (openstackImage !== undefined) return findImage(this.cloud, openstackImage, arch, signal);
    const shared = await findShared(this.cloud, image, signal);
    if (shared === undefined)
      return getImage(this.cloud, await uploadImage(this.cloud, image, owner, stateDir, signal), signal);
    log(`Using image ${shared.id}, which was uploaded before`);
    return shared;
  }

  async launch(spec: MachineSpec, userData: string, owner: Owner, signal: AbortSignal): Promise<Launched> {
    const { memoryMiB } = this.defaultSize;
    checkRoom(spec, { code: 'openstack-size', names: this.#flavors, memoryMiB, flag: '--openstack-flavor' });
    return launch(this.cloud, this.shared, spec, userData, owner, signal);
  }

  /** Nova keeps the last 100 KiB. */
  async readConsole({ platformId }: Launched, signal: AbortSignal): Promise<string> {
    const path = `/servers/${platformId}/action`;
    const body = { 'os-getConsoleOutput': {} };
    const answer = z.object({ output: z.string().nullable() });
    const { output } = await this.cloud.send('compute', 'POST os-getConsoleOutput', path, answer, signal, {
      body,
    });
    return output ?? '';
  }

  gone({ platformId }: Launched, signal: AbortSignal): Promise<string | undefined> {
    return orGone(async () => whyOver(await getServer(this.cloud, platformId, signal)));
  }

  async renew(expires: number, signal: AbortSignal): Promise<void> {
    for (const resource of this.context.ledger.open())
      await renewOne(this.cloud, resource, epoch(expires), signal);
  }
}
