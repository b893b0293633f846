import type { CloudDriver, Launched } from '../../src/cloud/driver.ts';
import type { ResourceKind } from '../../src/cloud/kinds.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { FlightContext, MachineSpec } from '../../src/core/platform.ts';
import { finish, type Running, start } from './command.ts';
import { type MachineRequest, readProvisioned, readStatus } from './messages.ts';
import type { ExternalOptions } from './options.ts';

/** The commands, and the consoles that are being watched. */
export interface ExternalPlace {
  readonly run: string;
  readonly deprovision: string;
  /** By the id of the machine. */
  readonly consoles: Map<string, Running>;
}

const request = (
  action: MachineRequest['action'],
  run: string,
  name: string,
  id: string | undefined,
): MachineRequest => ({ version: 1, action, run, name, ...(id === undefined ? {} : { id }) });

/** There is no list of what exists: only what stands in a ledger can be found again. */
export const kinds: readonly ResourceKind<ExternalPlace>[] = [
  {
    kind: 'machine',
    list: async () => [],
    find: async (_place, name) => [name],
    destroy: async ({ run, deprovision, consoles }, { id, name }, signal) => {
      const console = consoles.get(id);
      console?.end();
      await console?.ended;
      consoles.delete(id);
      await finish(deprovision, request('deprovision', run, name, id === name ? undefined : id), signal);
    },
  },
];

const needed = (command: string | undefined, flag: string): string => {
  if (command !== undefined) return command;
  throw new UsageError('external-commands', `the platform external needs --${flag}`, {
    hint: 'docs/reference/external.md says what the commands get and have to print',
  });
};

/** Machines that commands of the user's own make and take away. */
export class ExternalDriver implements CloudDriver<ExternalPlace> {
  readonly platform = 'external';
  readonly kinds = kinds;
  readonly userDataLimit = 1 << 20;
  readonly defaultSize = { memoryMiB: 2048, vcpus: 2 };
  readonly cloud: ExternalPlace;
  readonly site: Readonly<Record<string, string>>;
  readonly #provision: string;
  readonly #console: string;
  readonly #status: string | undefined;
  readonly #context: FlightContext;
  /** Name in the ledger by machine id. */
  readonly #names = new Map<string, string>();

  constructor(options: ExternalOptions, context: FlightContext) {
    this.#context = context;
    this.#provision = needed(options.externalProvisioningCmds, 'external-provisioning-cmds');
    this.#console = needed(options.externalSerialConsoleCmd, 'external-serial-console-cmd');
    this.#status = options.externalStatusCmd;
    const deprovision = needed(options.externalDeprovisioningCmds, 'external-deprovisioning-cmds');
    this.cloud = { run: context.run, deprovision, consoles: new Map() };
    this.site = { run: context.run, deprovision };
  }

  async preflight(): Promise<PreflightReport> {
    const status =
      this.#status === undefined ? ['no status command: a machine that goes away is missed'] : [];
    return {
      identity: 'commands of your own',
      creates: ['machines, one for each call of the provisioning command'],
      notes: ['prices, limits and other leftovers are not known', ...status],
    };
  }

  async prepare(): Promise<void> {
    // The image is told to the provisioning command as it lies here.
  }

  launch(spec: MachineSpec, userData: string, owner: Owner, signal: AbortSignal): Promise<Launched> {
    const { run, arch, image } = this.#context;
    return owner.create('machine', spec.id, async ({ name, tags }) => {
      const { disk, format, digest } = image;
      const answer = await finish(
        this.#provision,
        {
          ...{ version: 1, action: 'provision', run, name, role: spec.role, cluster: spec.cluster.id, arch },
          ...{ image: { disk, format, digest }, size: spec.size, disks: spec.disks, userData, tags },
          primaryDiskExtraMiB: spec.primaryDiskExtraMiB,
          ...(spec.metadataKey === undefined ? {} : { metadataKey: spec.metadataKey }),
        },
        signal,
      );
      const { id, publicAddress, privateAddress = publicAddress, sshPort } = readProvisioned(answer);
      this.#names.set(id, name);
      this.cloud.consoles.set(id, start(this.#console, request('console', run, name, id)));
      const value = { platformId: id, publicAddress, privateAddress };
      return { id, value: sshPort === undefined ? value : { ...value, sshPort } };
    });
  }

  /** Everything that the console command has printed so far. */
  async readConsole({ platformId }: Launched): Promise<string> {
    return this.cloud.consoles.get(platformId)?.text() ?? '';
  }

  async gone({ platformId }: Launched, signal: AbortSignal): Promise<string | undefined> {
    if (this.#status === undefined) return undefined;
    const name = this.#names.get(platformId) ?? '';
    const asked = request('status', this.#context.run, name, platformId);
    const { running, reason = 'not running any more' } = readStatus(
      await finish(this.#status, asked, signal),
    );
    return running ? undefined : reason;
  }

  async renew(): Promise<void> {
    // Nobody reads a lease here.
  }
}
