import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { asKolaError, HarnessError, type KolaError } from '../core/errors.ts';
import { brandId, type MachineId } from '../core/ids.ts';
import type { Machine } from '../core/machine.ts';
import type { ClusterRef, Freezer, ProvisionedMachine, Snapshot } from '../core/platform.ts';
import type { Scenario } from '../core/scenario.ts';
import type { RenderedUserData, UserData } from '../core/user-data.ts';
import { hitError, type RuleHit } from '../machine/console/hit.ts';
import type { LogSource } from '../machine/machine-options.ts';
import { withDeadline } from './deadline.ts';
import type { LifeEvents, LifePhase, PhaseDetail } from './life-events.ts';
import type { MachineKeys, OpenMachine } from './ports.ts';
import type { TargetServices } from './services.ts';
import { snapshotKey } from './snapshot-key.ts';
import { mayBeCloned, type WarmShape, warmShape } from './warm-pool.ts';

export interface MachineLifeOptions {
  readonly services: TargetServices;
  readonly scenario: Pick<Scenario, 'name' | 'needs' | 'allow' | 'user'>;
  readonly events: LifeEvents;
  readonly role: string;
  /** The role that the scenario named, where `role` was made unique. */
  readonly plannedRole?: string;
  readonly cluster: ClusterRef;
  readonly userData: UserData;
  /** It boots, whatever there is to clone. */
  readonly cold?: boolean;
  /** It will be the template of clones. */
  readonly freezable?: boolean;
  /** Absolute folder for this machine's evidence. */
  readonly evidenceDir: string;
  /** The attempt is over: the reason is the cause. */
  readonly signal: AbortSignal;
  /** The machine is of no more use: ends the attempt. */
  readonly onFatal: (error: KolaError) => void;
  /** A log rule spoke against the machine. */
  readonly onHit: (error: KolaError) => void;
}

/** Milliseconds that reading the rest of the journal may take before a machine is destroyed all the same. */
const journalGrace = 5000;
/** Added to a boot's own deadline, which has the better words. */
const bootGrace = 2000;

/** One machine from its first resource to its last: provisioned, booted, watched, and in any case destroyed. */
export class MachineLife {
  readonly id: MachineId;
  readonly role: string;
  readonly keys: MachineKeys;
  readonly #options: MachineLifeOptions;
  #userDataForm = '';
  #template: Snapshot | undefined;
  #provisioned: ProvisionedMachine | undefined;
  #opened: OpenMachine | undefined;
  #phaseStart: number;
  #ending = false;
  /** When its first resource was asked for. */
  #since: number | undefined;

  constructor(options: MachineLifeOptions) {
    this.#options = options;
    this.id = brandId<MachineId>(`kola-${options.services.ids.next()}`);
    this.role = options.role;
    this.keys = options.services.ports.makeKeys();
    this.#phaseStart = options.services.clock.monotonic();
  }

  /** Once it is ready. */
  get machine(): Machine | undefined {
    return this.#opened;
  }

  get plannedRole(): string {
    return this.#options.plannedRole ?? this.role;
  }

  get provisioned(): ProvisionedMachine | undefined {
    return this.#provisioned;
  }

  /** Folder of the evidence relative to the run folder. */
  get folder(): string {
    return relative(this.#options.services.runDir, this.#options.evidenceDir);
  }

  /** Creates the machine; it is powered on afterwards. A clone, where there is something to clone. */
  async provision(): Promise<void> {
    const { services, signal, evidenceDir, onFatal } = this.#options;
    this.#since ??= services.clock.monotonic();
    const rendered = this.#render();
    mkdirSync(evidenceDir, { recursive: true });
    writeFileSync(join(evidenceDir, 'user-data.json'), rendered.redacted);
    this.#userDataForm = rendered.form;
    this.#template = await this.#findTemplate();
    this.#phase('provisioning', {
      userDataForm: rendered.form,
      userDataDigest: rendered.ownDigest,
      folder: this.folder,
      ...(this.#template === undefined ? {} : { template: this.#template.machine }),
    });
    const provisioned = await services.launches.add(() => this.#createOrClone(rendered));
    signal.throwIfAborted();
    this.#provisioned = provisioned;
    this.#phase('booting', {
      platformId: provisioned.platformId,
      publicAddress: provisioned.publicAddress,
      privateAddress: provisioned.privateAddress,
      console: provisioned.console !== undefined,
    });
    void provisioned.gone.then(error => {
      if (this.#ending || this.#provisioned !== provisioned) return;
      this.#phase('lost');
      onFatal(error);
    });
  }

  /** Waits until the machine is ready. */
  async boot(): Promise<Machine> {
    const { services, signal } = this.#options;
    const { clock, deadlines, flight } = services;
    const bootTimeout = deadlines.boot * flight.slowdown;
    const what = `${this.role} to boot`;
    this.#opened = await withDeadline(
      { during: 'boot', ms: bootTimeout + bootGrace, clock, signal, what },
      async own => {
        await this.#awaken(own);
        return this.#open(bootTimeout, own);
      },
    );
    return this.#opened;
  }

  /** Ends the machine, which is ready, and keeps it as the template of clones. */
  async freeze(freezer: Freezer, key: string | undefined): Promise<Snapshot> {
    const { services, signal } = this.#options;
    if (this.#opened === undefined) throw new HarnessError('boot-order', 'freeze() before boot()');
    await services.ports.layDown(this.#opened, { line: freezer.line, loginKey: this.keys.publicKey });
    await this.#hangUp();
    const snapshot = await freezer.freeze(this.id, key, signal);
    this.#phase('frozen');
    this.#count();
    return snapshot;
  }

  /** What this machine could be cloned from, made now when it pays and is not there yet. */
  async #findTemplate(): Promise<Snapshot | undefined> {
    const { services, scenario, cold, signal } = this.#options;
    const { warm, flight } = services;
    const { freezer } = flight;
    if (cold === true || warm === undefined || freezer === undefined || !mayBeCloned(scenario))
      return undefined;
    const key = snapshotKey(this.#shape(), services);
    return await warm.template(this.#shape(), {
      recall: () => freezer.recall(key, signal),
      make: () => this.#makeTemplate(freezer, key),
    });
  }

  async #makeTemplate(freezer: Freezer, key: string): Promise<Snapshot> {
    const { services } = this.#options;
    const life = new MachineLife({
      ...this.#options,
      role: `${this.role}-template`,
      evidenceDir: `${this.#options.evidenceDir}-template`,
      cold: true,
      freezable: true,
      onFatal: () => {},
      onHit: () => {},
    });
    try {
      await life.provision();
      await life.boot();
      return await life.freeze(freezer, key);
    } catch (error) {
      await life.end(AbortSignal.timeout(services.deadlines.teardown));
      throw error;
    }
  }

  #shape(): WarmShape {
    const { services, scenario, cluster, userData } = this.#options;
    return warmShape(scenario, userData, cluster.index, services.flight);
  }

  /** A clone that cannot be made is no verdict on anything: the machine boots instead. */
  async #createOrClone(rendered: RenderedUserData): Promise<ProvisionedMachine> {
    const { signal } = this.#options;
    const template = this.#template;
    if (template === undefined) return this.#create(rendered, undefined);
    try {
      return await this.#create(rendered, template);
    } catch (error) {
      signal.throwIfAborted();
      await this.#discard(template, error);
      return this.#create(rendered, undefined);
    }
  }

  async #discard(template: Snapshot, error: unknown): Promise<void> {
    const { warm, flight } = this.#options.services;
    this.#template = undefined;
    await warm?.discard(this.#shape(), template, asKolaError(error).message);
    await flight.freezer?.discard(template);
  }

  /** Makes a clone a machine of its own before anybody reaches it. */
  async #awaken(signal: AbortSignal): Promise<void> {
    const { services, scenario } = this.#options;
    const { flight, ports, clock, request } = services;
    const template = this.#template;
    if (template === undefined) return;
    const { hostPrivateKey, hostPublicKey, publicKey } = this.keys;
    const script = ports.renewal({
      loginKey: publicKey,
      hostPrivateKey,
      hostPublicKey,
      socketActivated: request.image.manifest.provides.includes('sshd-socket'),
      now: clock.now(),
      ...(scenario.needs.ownMachineId === true ? { machineId: randomUUID().replaceAll('-', '') } : {}),
    });
    try {
      await flight.freezer?.awaken(this.id, script, AbortSignal.any([this.#options.signal, signal]));
    } catch (error) {
      signal.throwIfAborted();
      await this.#discard(template, error);
      this.#provisioned = undefined;
      await flight.destroy(this.id, signal);
      await this.provision();
      await this.#awaken(signal);
    }
  }

  #needProvisioned(): ProvisionedMachine {
    if (this.#provisioned === undefined) throw new HarnessError('boot-order', 'boot() before provision()');
    return this.#provisioned;
  }

  /** Everything that can be learned is read, then the machine goes, whatever the first part came to. */
  async end(signal: AbortSignal): Promise<void> {
    await this.#hangUp();
    this.#phase('destroying');
    await this.#options.services.flight.destroy(this.id, signal);
    this.#phase('destroyed');
    this.#count();
  }

  #count(): void {
    const { clock, usage } = this.#options.services;
    if (this.#since !== undefined) usage?.machine(clock.monotonic() - this.#since);
    this.#since = undefined;
  }

  /** Stops watching a machine that stays up on purpose. */
  detach(): Promise<void> {
    return this.#hangUp();
  }

  async #hangUp(): Promise<void> {
    this.#ending = true;
    const { clock } = this.#options.services;
    const late = new AbortController();
    const closed = this.#opened?.close().catch(() => {});
    await Promise.race([closed, clock.sleep(journalGrace, late.signal).catch(() => {})]);
    late.abort(new Error('closed'));
  }

  #open(bootTimeout: number, signal: AbortSignal): Promise<OpenMachine> {
    const provisioned = this.#needProvisioned();
    const { services, scenario, evidenceDir, events } = this.#options;
    return services.ports.open({
      provisioned,
      role: this.role,
      userDataForm: this.#userDataForm,
      user: scenario.user ?? 'core',
      clientKey: this.keys.privateKey,
      hostKey: this.keys.hostPublicKey,
      manifest: services.request.image.manifest,
      allow: scenario.allow,
      bootTimeout,
      slowdown: services.flight.slowdown,
      // The attempt's own signal: the machine outlives its boot.
      signal: AbortSignal.any([this.#options.signal, signal]),
      evidenceDir,
      folder: this.folder,
      onPhase: (phase, _, detail) =>
        this.#phase(phase, detail?.bootId === undefined ? undefined : { bootId: detail.bootId }),
      onHit: (hit, source) => this.#hit(hit, source),
      log: text => events.note(this.id, text),
    });
  }

  #render(): RenderedUserData {
    const { services, scenario, cluster, userData } = this.#options;
    return services.ports.render({
      own: userData,
      manifest: services.request.image.manifest,
      keys: this.keys,
      extraKeys: services.extraKeys,
      user: scenario.user ?? 'core',
      allow: scenario.allow,
      privateAddress: services.flight.privateAddress(cluster),
    });
  }

  #create(userData: RenderedUserData, resume: Snapshot | undefined): Promise<ProvisionedMachine> {
    const { services, scenario, cluster, signal, evidenceDir } = this.#options;
    const { flight, clock, deadlines, request } = services;
    const { needs, allow } = scenario;
    const what = `${request.platform.name} to create ${this.role}`;
    const ms = flight.provisionLimit ?? deadlines.provision;
    return withDeadline({ during: 'provision', ms, clock, signal, what }, own =>
      flight.provision(
        {
          id: this.id,
          role: this.role,
          cluster,
          size: {
            memoryMiB: needs.memoryMiB ?? flight.defaultSize.memoryMiB,
            vcpus: needs.vcpus ?? flight.defaultSize.vcpus,
            ...(needs.threadsPerCore === undefined ? {} : { threadsPerCore: needs.threadsPerCore }),
          },
          primaryDiskExtraMiB: needs.primaryDiskExtraMiB ?? 0,
          disks: needs.disks ?? [],
          tpm: needs.tpm ?? false,
          userData,
          ...(resume === undefined ? {} : { resume }),
          ...(this.#options.freezable === true ? { freezable: true } : {}),
          ...(allow.noKeyInMetadata === true ? {} : { metadataKey: this.keys.publicKey }),
          evidenceDir,
        },
        own,
      ),
    );
  }

  #hit(hit: RuleHit, source: LogSource): void {
    const { events, onFatal, onHit } = this.#options;
    events.hit(this.id, hit, source);
    if (hit.excused !== undefined) return;
    const error = hitError(hit, { source, machine: this.id, path: `${this.folder}/${source}.txt` });
    onHit(error);
    if (hit.severity === 'fatal') onFatal(error);
  }

  #phase(phase: LifePhase, detail?: PhaseDetail): void {
    const { services, events, role } = this.#options;
    const now = services.clock.monotonic();
    events.phase({
      machine: this.id,
      role,
      phase,
      took: now - this.#phaseStart,
      ...(detail === undefined ? {} : { detail }),
    });
    this.#phaseStart = now;
  }
}
