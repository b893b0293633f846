import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  DeadlineError as Deadline,
  type DeadlineError,
  type KolaError,
  ProductError,
} from '../core/errors.ts';
import type { EventOf } from '../core/event.ts';
import { brandId, type MachineId } from '../core/ids.ts';
import type { Machine } from '../core/machine.ts';
import type { ClusterRef, ProvisionedMachine } from '../core/platform.ts';
import type { Scenario } from '../core/scenario.ts';
import type { RenderedUserData, UserData } from '../core/user-data.ts';
import { withDeadline } from './deadline.ts';
import { type ConnectedMachine, hitEvidence, type LogFeed, type MachineKeys, type RuleHit } from './ports.ts';
import type { TargetServices } from './services.ts';

type MachinePhase = EventOf<'machine.phase'>['phase'];
type PhaseDetail = NonNullable<EventOf<'machine.phase'>['detail']>;

export interface MachineLifeOptions {
  readonly services: TargetServices;
  readonly scenario: Scenario;
  readonly attempt: string;
  readonly role: string;
  readonly cluster: ClusterRef;
  readonly userData: UserData;
  /** Absolute folder for this machine's evidence. */
  readonly evidenceDir: string;
  /** The attempt is over: the reason is the cause. */
  readonly signal: AbortSignal;
  /** The machine saw its end: ends the attempt. */
  readonly onFatal: (error: KolaError) => void;
  readonly onHit: (life: MachineLife, hit: RuleHit) => void;
}

/** Milliseconds that reading the rest of the journal may take before a machine is destroyed all the same. */
const journalGrace = 4000;
/** Console lines kept as evidence when a boot gets nowhere. */
const lastLines = 12;

/** One machine from its first resource to its last: provisioned, booted, watched, and in any case destroyed. */
export class MachineLife {
  readonly id: MachineId;
  readonly role: string;
  readonly #options: MachineLifeOptions;
  readonly #watching = new AbortController();
  #provisioned: ProvisionedMachine | undefined;
  #connected: ConnectedMachine | undefined;
  #console: Promise<void> = Promise.resolve();
  #phaseStart: number;
  #ending = false;

  constructor(options: MachineLifeOptions) {
    this.#options = options;
    this.id = brandId<MachineId>(`kola-${options.services.ids.next()}`);
    this.role = options.role;
    this.#phaseStart = options.services.clock.monotonic();
  }

  get machine(): Machine | undefined {
    return this.#connected?.machine;
  }

  /** Folder of the evidence relative to the run folder, with `/`. */
  get folder(): string {
    return relative(this.#options.services.runDir, this.#options.evidenceDir);
  }

  /** Creates the machine; it is powered on afterwards. */
  async provision(): Promise<void> {
    const { services, evidenceDir, userData } = this.#options;
    const keys = await services.ports.makeKeys();
    this.#keys = keys;
    const rendered = this.#render(userData, keys);
    mkdirSync(evidenceDir, { recursive: true });
    writeFileSync(join(evidenceDir, 'user-data.json'), rendered.redacted);
    this.#rendered = rendered;
    this.#phase('provisioning', {
      userDataForm: rendered.form,
      userDataDigest: rendered.ownDigest,
      folder: this.folder,
    });
    const provisioned = await services.launches.add(() => this.#create(rendered, keys));
    this.#provisioned = provisioned;
    this.#phase('booting', {
      platformId: provisioned.platformId,
      publicAddress: provisioned.publicAddress,
      privateAddress: provisioned.privateAddress,
      console: provisioned.console !== undefined,
    });
    this.#watch(provisioned);
  }

  #keys: MachineKeys | undefined;
  #rendered: RenderedUserData | undefined;

  /** Waits until the machine is ready. */
  async boot(): Promise<Machine> {
    const { services, scenario, signal, evidenceDir } = this.#options;
    const [provisioned, keys] = [this.#provisioned, this.#keys];
    if (provisioned === undefined || keys === undefined) throw new Error('boot() before provision()');
    const bootDeadline = services.deadlines.boot * services.flight.slowdown;
    try {
      this.#connected = await withDeadline(
        { during: 'boot', ms: bootDeadline, clock: services.clock, signal, what: `${this.role} to boot` },
        own =>
          services.ports.connect({
            id: this.id,
            role: this.role,
            provisioned,
            userDataForm: this.#rendered?.form ?? '',
            user: scenario.user ?? 'core',
            keys,
            manifest: services.request.image.manifest,
            allow: scenario.allow,
            bootDeadline,
            slowdown: services.flight.slowdown,
            evidenceDir,
            signal: own,
            onPhase: (phase, bootId) => this.#phase(phase, bootId === undefined ? undefined : { bootId }),
            onHit: hit => this.#hit(hit),
          }),
      );
    } catch (error) {
      throw error instanceof Deadline ? this.#withLastWords(error) : error;
    }
    return this.#connected.machine;
  }

  /** Everything that can be learned is read, then the machine goes, whatever the first part came to. */
  async end(signal: AbortSignal): Promise<void> {
    const { services } = this.#options;
    this.#ending = true;
    await this.#connected?.close(journalGrace);
    this.#phase('destroying');
    try {
      await services.flight.destroy(this.id, signal);
    } finally {
      this.#watching.abort(new Error('machine destroyed'));
      await this.#console;
    }
    this.#phase('destroyed');
  }

  /** Stops watching a machine that stays up on purpose. */
  async detach(): Promise<void> {
    this.#ending = true;
    await this.#connected?.close(journalGrace);
    this.#watching.abort(new Error('machine kept'));
    await this.#console;
  }

  #render(own: UserData, keys: MachineKeys): RenderedUserData {
    const { services, scenario, cluster } = this.#options;
    return services.ports.render({
      own,
      manifest: services.request.image.manifest,
      keys,
      extraKeys: services.extraKeys,
      user: scenario.user ?? 'core',
      allow: scenario.allow,
      privateAddress: services.flight.privateAddress(cluster),
    });
  }

  #create(userData: RenderedUserData, keys: MachineKeys): Promise<ProvisionedMachine> {
    const { services, scenario, cluster, signal, evidenceDir } = this.#options;
    const { flight, clock, deadlines, request } = services;
    const { needs, allow } = scenario;
    const what = `${request.platform.name} to create ${this.role}`;
    return withDeadline({ during: 'provision', ms: deadlines.provision, clock, signal, what }, own =>
      flight.provision(
        {
          id: this.id,
          role: this.role,
          cluster,
          size: {
            memoryMiB: needs.memoryMiB ?? flight.defaultSize.memoryMiB,
            vcpus: needs.vcpus ?? flight.defaultSize.vcpus,
          },
          primaryDiskExtraMiB: needs.primaryDiskExtraMiB ?? 0,
          disks: needs.disks ?? [],
          tpm: needs.tpm ?? false,
          userData,
          ...(allow.noKeyInMetadata === true ? {} : { metadataKey: keys.publicKey }),
          evidenceDir,
        },
        own,
      ),
    );
  }

  #watch(provisioned: ProvisionedMachine): void {
    const { services, scenario, onFatal } = this.#options;
    void provisioned.gone.then(error => {
      if (this.#ending) return;
      this.#phase('lost');
      onFatal(error);
    });
    const source = provisioned.console;
    if (source === undefined) return;
    const feed = services.ports.watchConsole({
      manifest: services.request.image.manifest,
      allow: scenario.allow,
      onHit: hit => this.#hit(hit),
    });
    this.#console = follow(source.follow(this.#watching.signal), feed);
  }

  #hit(hit: RuleHit): void {
    const { services, attempt, onFatal, onHit } = this.#options;
    services.log.emit({
      type: 'rule.hit',
      attempt,
      machine: this.id,
      rule: hit.rule,
      source: hit.source,
      line: hit.line,
      text: hit.text,
      ...(hit.excused === undefined ? {} : { excused: hit.excused }),
    });
    onHit(this, hit);
    if (hit.fatal && hit.excused === undefined) onFatal(hitError(this, hit));
  }

  #withLastWords(error: DeadlineError): KolaError {
    const text = this.#provisioned?.console?.text() ?? '';
    const lines = text.split('\n').filter(line => line.trim() !== '');
    const last = lines.at(-1)?.trim();
    return new Deadline(
      error.during,
      `${error.message}${last === undefined ? '; the console stayed empty' : `; last console line: ${last}`}`,
      {
        evidence: [
          {
            source: 'console',
            text: lines.slice(-lastLines).join('\n'),
            path: `${this.folder}/console.txt`,
            machine: this.id,
          },
        ],
        cause: error,
      },
    );
  }

  #phase(phase: MachinePhase, detail?: PhaseDetail): void {
    const { services, attempt, role } = this.#options;
    const now = services.clock.monotonic();
    services.log.emit({
      type: 'machine.phase',
      attempt,
      machine: this.id,
      role,
      phase,
      took: now - this.#phaseStart,
      ...(detail === undefined ? {} : { detail }),
    });
    this.#phaseStart = now;
  }
}

const follow = async (chunks: AsyncIterable<string>, feed: LogFeed): Promise<void> => {
  try {
    for await (const chunk of chunks) feed.feed(chunk);
  } catch {
    // A console that breaks off is no verdict on the machine; what came is judged.
  }
  feed.end();
};

/** The failure that a rule hit stands for. */
export const hitError = (life: MachineLife, hit: RuleHit): KolaError =>
  new ProductError(
    `console-${hit.rule}`,
    `${hit.description} on ${life.role} (${hit.source}): ${hit.text.trim()}`,
    {
      evidence: [hitEvidence(hit, life.id, `${life.folder}/${hit.source}.txt`)],
    },
  );
