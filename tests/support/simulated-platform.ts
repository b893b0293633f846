import { z } from 'zod';
import type { Clock } from '../../src/core/clock.ts';
import { CapacityError, type KolaError, NetworkError, ProvisioningError } from '../../src/core/errors.ts';
import { brandId, type MachineId } from '../../src/core/ids.ts';
import type { LocalImage } from '../../src/core/image.ts';
import type { CommandResult } from '../../src/core/machine.ts';
import type {
  Flight,
  FlightContext,
  MachineSpec,
  PlatformDefinition,
  Snapshot,
} from '../../src/core/platform.ts';
import type { RuleHit } from '../../src/machine/console/hit.ts';
import type { MachinePorts, OpenMachine } from '../../src/run/ports.ts';

/** What a simulated machine does; all times in milliseconds of virtual time. */
export interface Behaviour {
  readonly provision?: number;
  readonly boot?: number;
  readonly destroy?: number;
  /** What the platform says that a create call may take. */
  readonly provisionLimit?: number;
  /** What preflight says that a quota has room for. */
  readonly room?: { readonly machines: number; readonly why: string };
  /** Thrown by the create call. */
  readonly refuses?: (nth: number) => KolaError | undefined;
  /** The platform can freeze machines; thrown by freezing or by starting a clone. */
  readonly freezes?: {
    readonly freeze?: KolaError;
    readonly resume?: KolaError;
    /** What runs keep for later ones. */
    readonly kept?: Map<string, Snapshot | 'wanted'>;
    /** Frozen machines whose clones do not answer. */
    readonly dead?: ReadonlySet<MachineId>;
  };
  /** How a command ends; default: exit 0, empty output, at once. */
  readonly command?: (command: string, machine: SimulatedMachine) => Promise<Partial<CommandResult>>;
  /** Console hits, some time after power-on. */
  readonly hits?: (nth: number) => readonly { readonly after: number; readonly hit: RuleHit }[];
}

export interface SimulatedMachine {
  readonly id: MachineId;
  readonly role: string;
  /** 1-based count of machines ever made. */
  readonly nth: number;
  /** What commands left on it; the fingerprint shows each entry. */
  readonly state: Set<string>;
}

/** A platform without machines: counts what is up, so that tests see leaks and overcommitment. */
export class SimulatedPlatform {
  readonly up = new Map<MachineId, SimulatedMachine>();
  readonly specs: MachineSpec[] = [];
  readonly frozen = new Set<MachineId>();
  /** Clones that were made machines of their own. */
  readonly awake = new Set<MachineId>();
  made = 0;
  most = 0;
  closed = 0;
  /** Images that were made ready. */
  prepared = 0;
  readonly #behaviour: Behaviour;
  readonly #clock: Clock;

  constructor(clock: Clock, behaviour: Behaviour = {}) {
    this.#clock = clock;
    this.#behaviour = behaviour;
  }

  readonly definition = (name = 'simulated'): PlatformDefinition => ({
    name,
    aliases: [],
    summary: 'machines that exist only in this test',
    capabilities: {
      arches: ['amd64', 'arm64'],
      features: ['console', 'private-network', 'extra-disks', 'primary-disk-size', 'threads-per-core'],
      userData: ['ignition-3.3'],
    },
    flags: [],
    options: async () => z.strictObject({}),
    open: async context => this.#flight(context),
    sweep: async resources => resources.map(resource => resource.entry),
  });

  #flight(context: FlightContext): Flight {
    const entries = new Map<MachineId, string>();
    const { freezes, room } = this.#behaviour;
    return {
      ...(room === undefined
        ? {}
        : { preflight: async () => ({ identity: 'nobody', creates: [], notes: [], room }) }),
      slowdown: 1,
      provisionLimit: this.#behaviour.provisionLimit,
      machineLimit: undefined,
      defaultSize: { memoryMiB: 1024, vcpus: 1 },
      prepareImage: async () => {
        this.prepared += 1;
      },
      ...(freezes === undefined
        ? {}
        : {
            freezer: {
              line: '/dev/null',
              recall: async key => {
                const { kept } = freezes;
                const found = kept?.get(key);
                if (kept !== undefined && found === undefined) kept.set(key, 'wanted');
                if (typeof found === 'object') this.frozen.add(found.machine);
                return found;
              },
              freeze: async (id, key) => {
                if (freezes.freeze !== undefined) throw freezes.freeze;
                this.up.delete(id);
                this.frozen.add(id);
                for (const { entry, machine } of context.ledger.open())
                  if (machine === id) await context.ledger.release(entry);
                if (key !== undefined)
                  freezes.kept?.set(key, { machine: brandId(`kept-${id}-${this.specs.length}`), kept: true });
                return { machine: id };
              },
              awaken: async id => {
                const spec = this.specs.findLast(known => known.id === id);
                const dead = spec?.resume !== undefined && freezes.dead?.has(spec.resume.machine);
                if (dead) throw new ProvisioningError('awaken', 'it does not answer');
                this.awake.add(id);
              },
              discard: async ({ machine }) => {
                for (const [key, found] of freezes.kept ?? [])
                  if (typeof found === 'object' && found.machine === machine) freezes.kept?.delete(key);
              },
            },
          }),
      privateAddress: ({ index }) => `10.0.0.${10 + index}`,
      provision: async (spec, signal) => {
        this.specs.push(spec);
        const { entry, value } = await context.ledger.own(
          { kind: 'instance', name: spec.id, machine: spec.id },
          async () => {
            await this.#clock.sleep(this.#behaviour.provision ?? 1000, signal);
            if (spec.resume !== undefined && freezes?.resume !== undefined) throw freezes.resume;
            if (spec.resume !== undefined && !this.frozen.has(spec.resume.machine))
              throw new Error('no such snapshot');
            this.made += 1;
            const refusal = this.#behaviour.refuses?.(this.made);
            if (refusal !== undefined) throw refusal;
            const machine = { id: spec.id, role: spec.role, nth: this.made, state: new Set<string>() };
            this.up.set(spec.id, machine);
            this.most = Math.max(this.most, this.up.size);
            return { id: `i-${this.made}`, value: machine };
          },
        );
        entries.set(spec.id, entry);
        return {
          id: spec.id,
          platformId: `i-${value.nth}`,
          ssh: { host: '127.0.0.1', port: 22 },
          publicAddress: '127.0.0.1',
          privateAddress: `10.0.0.${10 + spec.cluster.index}`,
          console: { follow: async function* () {}, text: () => '[    1.0] last line\n' },
          gone: new Promise(() => {}),
        };
      },
      destroy: async (id, signal) => {
        if (this.#behaviour.destroy !== undefined) await this.#clock.sleep(this.#behaviour.destroy, signal);
        this.up.delete(id);
        for (const { entry, machine } of context.ledger.open())
          if (machine === id) await context.ledger.release(entry);
      },
      close: async () => {
        this.closed += 1;
      },
    };
  }

  /** The machine layer that belongs to these machines. */
  readonly ports = (): MachinePorts => ({
    makeKeys: () => ({
      publicKey: 'pub',
      privateKey: 'secret',
      hostPrivateKey: 'host-secret',
      hostPublicKey: 'host',
    }),
    render: ({ own, extraKeys }) => ({
      channel: 'ignition',
      form: 'ignition 3.3.0',
      text: JSON.stringify({ own, extraKeys }),
      redacted: '{}',
      ownDigest: 'sha256:0',
    }),
    fingerprint: async machine => {
      const known = this.up.get(machine.id);
      if (known === undefined) throw new NetworkError('ssh-refused', 'no such machine');
      return new Map(Array.from(known.state, entry => [entry, 'there']));
    },
    layDown: async () => {},
    renewal: () => '',
    open: async ({ provisioned, signal, onPhase, onHit, userDataForm }) => {
      const machine = this.up.get(provisioned.id);
      if (machine === undefined) throw new NetworkError('ssh-refused', 'no such machine');
      for (const { after, hit } of this.#behaviour.hits?.(machine.nth) ?? [])
        void this.#clock.sleep(after).then(() => onHit(hit, 'console'));
      const spec = this.specs.findLast(({ id }) => id === provisioned.id);
      if (spec?.resume !== undefined && !this.awake.has(provisioned.id))
        throw new NetworkError('ssh-auth', 'a clone that has no keys of its own');
      await this.#clock.sleep(spec?.resume === undefined ? (this.#behaviour.boot ?? 20_000) : 500, signal);
      onPhase('connected', 0);
      onPhase('ready', 0, { bootId: 'boot-1' });
      return this.#machine(machine, userDataForm);
    },
  });

  #machine(own: SimulatedMachine, userDataForm: string): OpenMachine {
    const answer = async (command: string): Promise<CommandResult> => ({
      code: 0,
      signal: null,
      stdout: '',
      stderr: '',
      duration: 0,
      ...(await this.#behaviour.command?.(command, own)),
    });
    return {
      id: own.id,
      role: own.role,
      publicAddress: '127.0.0.1',
      privateAddress: '10.0.0.10',
      userDataForm,
      try: answer,
      run: async command => (await answer(command)).stdout,
      write: async () => {},
      read: async () => '',
      upload: async () => {},
      download: async () => {},
      reboot: async () => {},
      awaitReboot: async () => {},
      bootId: async () => 'boot-1',
      acceptsPassword: async () => false,
      console: () => '',
      close: async () => {},
    };
  }
}

export const noCapacity = (): KolaError => new CapacityError('no-capacity', 'no t3.small left in any zone');

export const simulatedImage: LocalImage = {
  manifest: {
    schema: 1,
    name: 'simulated',
    kind: 'custom',
    title: 'simulated image',
    version: '4799.0.0',
    arch: 'amd64',
    disk: { file: 'disk.img', format: 'raw', sha256: '0' },
    osRelease: { id: 'flatcar' },
    selinux: { policy: 'none', enforcing: false },
    provides: ['docker'],
    userData: ['ignition-3.3'],
    usrHash: { where: 'kernel', offset: 64 },
    bootLog: { console: 'ttyS0', kernel: true, systemd: true },
    firmware: ['bios'],
  },
  disk: '/nowhere/disk.img',
  format: 'raw',
  digest: 'sha256:0',
  notice: undefined,
};
