import type { ImageReference } from '@azure/arm-compute';
import { BaseDriver } from '../../src/cloud/base-driver.ts';
import type { CloudDriver, Launched } from '../../src/cloud/driver.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { checkRoom } from '../../src/cloud/room.ts';
import { epoch, tagKeys } from '../../src/cloud/tags.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import type { FlightContext, MachineSize, MachineSpec } from '../../src/core/platform.ts';
import { findShared } from './account.ts';
import { type AzureCloud, siteOf } from './connect.ts';
import { createGroup, tagGroup } from './group.ts';
import { styleOf, uploadImage } from './image.ts';
import { launch, type Site, whyOver } from './launch.ts';
import { describeMachine, kinds, splitId } from './machines.ts';
import { createNetwork } from './network.ts';
import type { AzureOptions } from './options.ts';
import { type Examined, examineSubscription } from './preflight.ts';

/** As Flatcar's own pipeline uses them. */
const defaultSizes = { amd64: ['Standard_D2s_v6'], arm64: ['Standard_D2pls_v6'] } as const;

/** Minutes that the address of a console is good for. */
const consoleMinutes = 10;

/** Azure behind the verbs of a cloud flight. */
export class AzureDriver
  extends BaseDriver<AzureCloud, AzureOptions, Site>
  implements CloudDriver<AzureCloud>
{
  readonly platform = 'azure';
  readonly kinds = kinds;
  readonly userDataLimit = 65_536;
  readonly site: Readonly<Record<string, string>>;
  readonly #sizes: readonly string[];
  #examined: Examined | undefined;

  constructor(cloud: AzureCloud, options: AzureOptions, context: FlightContext) {
    super(cloud, options, context, options.azureEndpoint);
    this.#sizes = options.azureSize ?? defaultSizes[context.arch];
    this.site = siteOf(options, cloud);
  }

  get defaultSize(): MachineSize {
    return this.#examined?.size ?? { memoryMiB: 4096, vcpus: 2 };
  }

  get machineLimit(): number {
    return this.#examined?.room ?? Number.POSITIVE_INFINITY;
  }

  async preflight(signal: AbortSignal): Promise<PreflightReport> {
    const { arch, machinesAtOnce } = this.context;
    const image = this.options.azureDiskUri ?? this.options.azureSku;
    const plan = { sizes: this.#sizes, arch, machines: machinesAtOnce, image };
    this.#examined = await examineSubscription(this.cloud, plan, signal);
    return this.#examined.report;
  }

  async prepare(owner: Owner, signal: AbortSignal): Promise<void> {
    const { azureSku, azureDiskUri } = this.options;
    const runner = await this.runner(signal);
    const group = await createGroup(this.cloud, 'group', owner, signal);
    const { image, imageGib } = await this.#image({ group: group.name, tags: group.tags }, signal);
    const network = await createNetwork(this.cloud, group.name, group.tags, runner, signal);
    this.shared = {
      ...network,
      group: group.name,
      image,
      imageGib,
      sizes: this.#sizes,
      marketplace: azureSku !== undefined && azureDiskUri === undefined,
    };
  }

  async #image(
    place: { readonly group: string; readonly tags: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): Promise<{ readonly image: ImageReference; readonly imageGib: number | undefined }> {
    const { azureDiskUri, azureSku, azurePublisher, azureOffer, azureVersion } = this.options;
    const { image, stateDir, log, arch } = this.context;
    if (azureDiskUri !== undefined) return { image: { id: azureDiskUri }, imageGib: undefined };
    if (azureSku !== undefined) {
      const publisher = azurePublisher ?? 'kinvolk';
      const offer = azureOffer ?? 'flatcar-container-linux-free';
      const version = azureVersion ?? 'latest';
      return { image: { publisher, offer, sku: azureSku, version }, imageGib: undefined };
    }
    const style = styleOf(this.options, arch);
    const shared = await findShared(this.cloud, image, style, signal);
    if (shared !== undefined) log(`Using ${shared}, which was uploaded before`);
    const id = shared ?? (await uploadImage(this.cloud, image, style, place, stateDir, signal));
    return { image: { id }, imageGib: undefined };
  }

  launch(spec: MachineSpec, userData: string, owner: Owner, signal: AbortSignal): Promise<Launched> {
    const { memoryMiB } = this.defaultSize;
    checkRoom(spec, { code: 'azure-size', names: this.#sizes, memoryMiB, flag: '--azure-size' });
    return launch(this.cloud, this.options, this.shared, spec, userData, owner, signal);
  }

  /** The text lies in a blob, which is there a minute after the machine; until then the console asks again. */
  async readConsole({ platformId }: Launched, signal: AbortSignal): Promise<string> {
    const { group, name } = splitId(platformId);
    const { compute, calls } = this.cloud;
    const { serialConsoleLogBlobUri } = await calls.call(
      'compute virtualMachines.retrieveBootDiagnosticsData',
      signal,
      own =>
        compute.virtualMachines.retrieveBootDiagnosticsData(group, name, {
          sasUriExpirationTimeInMinutes: consoleMinutes,
          abortSignal: own,
        }),
    );
    if (serialConsoleLogBlobUri === undefined) return '';
    const answer = await fetch(serialConsoleLogBlobUri, { signal });
    return answer.ok ? answer.text() : '';
  }

  async gone({ platformId }: Launched, signal: AbortSignal): Promise<string | undefined> {
    const machine = await describeMachine(this.cloud, platformId, signal);
    return machine === undefined ? 'not there any more' : whyOver(machine);
  }

  /** The lease of a run is that of its group. */
  async renew(expires: number, signal: AbortSignal): Promise<void> {
    for (const { kind, id } of this.context.ledger.open())
      if (kind === 'group' && id !== undefined)
        await tagGroup(this.cloud, id, { [tagKeys.expires]: epoch(expires) }, signal);
  }
}
