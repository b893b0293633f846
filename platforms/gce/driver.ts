import { BaseDriver } from '../../src/cloud/base-driver.ts';
import type { CloudDriver, Launched } from '../../src/cloud/driver.ts';
import { cloudName } from '../../src/cloud/names.ts';
import { orGone } from '../../src/cloud/or-gone.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { checkRoom } from '../../src/cloud/room.ts';
import { epoch } from '../../src/cloud/tags.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { FlightContext, MachineSize, MachineSpec } from '../../src/core/platform.ts';
import { type GceCloud, siteOf } from './connect.ts';
import { SerialPorts } from './console.ts';
import { createFirewall, networkUrl } from './firewall.ts';
import { describeImage, findShared, uploadImage } from './image.ts';
import { kinds } from './kinds.ts';
import { describeInstance, launch, type Site, whyOver } from './launch.ts';
import { renewOne } from './lease.ts';
import type { GceOptions } from './options.ts';
import { type Examined, examineProject } from './preflight.ts';

/** As Flatcar's own pipeline uses them; it has no arm64 machines there. */
const defaultTypes = { amd64: ['n1-standard-2'], arm64: ['t2a-standard-2'] } as const;

const hour = 3600;

/** Compute Engine behind the verbs of a cloud flight. */
export class GceDriver extends BaseDriver<GceCloud, GceOptions, Site> implements CloudDriver<GceCloud> {
  readonly platform = 'gce';
  readonly kinds = kinds;
  readonly userDataLimit = 262_144;
  readonly site: Readonly<Record<string, string>>;
  readonly #types: readonly string[];
  readonly #serialPorts: SerialPorts;
  #examined: Examined | undefined;

  constructor(cloud: GceCloud, options: GceOptions, context: FlightContext) {
    super(cloud, options, context, options.gceEndpoint);
    this.#types = options.gceMachinetype ?? defaultTypes[context.arch];
    this.#serialPorts = new SerialPorts(cloud);
    this.site = siteOf(options, cloud);
  }

  get defaultSize(): MachineSize {
    return this.#examined?.size ?? { memoryMiB: 7680, vcpus: 2 };
  }

  get machineLimit(): number {
    return this.#examined?.room ?? Number.POSITIVE_INFINITY;
  }

  async preflight(signal: AbortSignal): Promise<PreflightReport> {
    const { arch, machinesAtOnce } = this.context;
    const plan = { types: this.#types, arch, machines: machinesAtOnce, image: this.options.gceImage };
    this.#examined = await examineProject(this.cloud, plan, signal);
    return this.#examined.report;
  }

  async prepare(owner: Owner, signal: AbortSignal): Promise<void> {
    const { gceNetwork = 'default', gceDisktype = 'pd-ssd' } = this.options;
    const runner = await this.runner(signal);
    const name = await this.#image(owner, signal);
    const image = await describeImage(this.cloud, name, signal);
    const wanted = this.context.arch === 'arm64' ? 'ARM64' : 'X86_64';
    if ((image.architecture ?? 'X86_64') !== wanted)
      throw new UsageError(
        'image-arch',
        `expected an image for ${wanted}, found ${name} for ${image.architecture}`,
      );
    const tag = cloudName(this.context.run, 'machines');
    await createFirewall(this.cloud, gceNetwork, tag, runner, owner, signal);
    this.shared = {
      image: image.selfLink ?? name,
      imageGb: Number(image.diskSizeGb ?? 0),
      network: networkUrl(this.cloud, gceNetwork),
      tag,
      types: this.#types,
      diskType: gceDisktype,
      gvnic: this.options.gceGvnic === true,
      lifeSeconds: (this.context.keep === true ? 24 : 6) * hour,
    };
  }

  async #image(owner: Owner, signal: AbortSignal): Promise<string> {
    const { image, stateDir, log } = this.context;
    if (this.options.gceImage !== undefined) return this.options.gceImage;
    const shared = await findShared(this.cloud, image, signal);
    if (shared?.name) {
      log(`Using ${shared.name}, which was uploaded before`);
      return shared.name;
    }
    return uploadImage(this.cloud, image, owner, stateDir, signal);
  }

  launch(spec: MachineSpec, userData: string, owner: Owner, signal: AbortSignal): Promise<Launched> {
    const { memoryMiB } = this.defaultSize;
    checkRoom(spec, { code: 'gce-size', names: this.#types, memoryMiB, flag: '--gce-machinetype' });
    return launch(this.cloud, this.shared, spec, userData, owner, signal);
  }

  readConsole({ platformId }: Launched, signal: AbortSignal): Promise<string> {
    return this.#serialPorts.read(platformId, signal);
  }

  gone({ platformId }: Launched, signal: AbortSignal): Promise<string | undefined> {
    return orGone(async () => whyOver(await describeInstance(this.cloud, platformId, signal)));
  }

  async renew(expires: number, signal: AbortSignal): Promise<void> {
    for (const resource of this.context.ledger.open())
      await renewOne(this.cloud, resource, epoch(expires), signal);
  }
}
