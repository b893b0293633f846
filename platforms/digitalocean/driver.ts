import { z } from 'zod';
import { BaseDriver } from '../../src/cloud/base-driver.ts';
import type { CloudDriver, Launched } from '../../src/cloud/driver.ts';
import { OnceEach } from '../../src/cloud/once-each.ts';
import { orGone } from '../../src/cloud/or-gone.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { checkRoom } from '../../src/cloud/room.ts';
import { epoch, tagKeys } from '../../src/cloud/tags.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import type { FlightContext, MachineSize, MachineSpec } from '../../src/core/platform.ts';
import { type DoCloud, siteOf } from './connect.ts';
import { createFirewall } from './firewall.ts';
import { describe, findShared, getImage, importImage, uploadImage } from './image.ts';
import { kinds } from './kinds.ts';
import { getDroplet, launch, type Site } from './launch.ts';
import type { DoOptions } from './options.ts';
import { type Examined, examineAccount } from './preflight.ts';
import { leaseTag, runTag } from './run-tags.ts';
import { tag } from './schemas.ts';
import { ensureKey, renameKey, throwAwayKey } from './ssh-key.ts';

/** As Flatcar's own pipeline uses it. */
const defaultSize = 's-2vcpu-2gb';

/** What `prepare` made. */
interface Prepared extends Site {
  readonly owner: Owner;
  readonly throwAway: string;
}

/** Droplets behind the verbs of a cloud flight. */
export class DoDriver extends BaseDriver<DoCloud, DoOptions, Prepared> implements CloudDriver<DoCloud> {
  readonly platform = 'digitalocean';
  readonly kinds = kinds;
  readonly userDataLimit = 65_536;
  readonly site: Readonly<Record<string, string>>;
  readonly #sizes: readonly string[];
  /** Keys of this flight, each created once: many machines are given the same. */
  readonly #keys = new OnceEach<number>();
  #examined: Examined | undefined;
  #lease: string | undefined;

  constructor(cloud: DoCloud, options: DoOptions, context: FlightContext) {
    super(cloud, options, context, options.doEndpoint);
    this.#sizes = options.doSize ?? [defaultSize];
    this.site = siteOf(options);
  }

  get defaultSize(): MachineSize {
    return this.#examined?.size ?? { memoryMiB: 2048, vcpus: 2 };
  }

  get machineLimit(): number {
    return this.#examined?.room ?? Number.POSITIVE_INFINITY;
  }

  async preflight(signal: AbortSignal): Promise<PreflightReport> {
    const { doImage, doImageUrl } = this.options;
    const examined = await examineAccount(
      this.cloud,
      {
        sizes: this.#sizes,
        machines: this.context.machinesAtOnce,
        image: (doImage ?? doImageUrl) !== undefined,
      },
      signal,
    );
    if (doImage !== undefined) await getImage(this.cloud, doImage, signal);
    this.#examined = examined;
    return examined.report;
  }

  async prepare(owner: Owner, signal: AbortSignal): Promise<void> {
    const runner = await this.runner(signal);
    const own = await this.#createTags(owner, signal);
    await createFirewall(this.cloud, own, runner, owner, signal);
    const image = await this.#image(owner, signal);
    const throwAway = throwAwayKey();
    await this.#key(throwAway, owner, signal);
    this.shared = { image, sizes: this.#sizes, tag: own, owner, throwAway };
  }

  #createTags(owner: Owner, signal: AbortSignal): Promise<string> {
    return owner.create('tag', 'tag', async ({ tags }) => {
      this.#lease = leaseTag(tags);
      const id = runTag(this.context.run);
      // The lease first: it says how old the other one is.
      for (const name of [this.#lease, id])
        await this.cloud.library('createTag', tag, signal, client => client.tags.createTag(name), {
          creates: true,
        });
      return { id, value: id };
    });
  }

  async #image(owner: Owner, signal: AbortSignal): Promise<string> {
    const { image, stateDir, log } = this.context;
    const { doImage, doImageUrl } = this.options;
    if (doImage !== undefined) return doImage;
    if (doImageUrl !== undefined) return importImage(this.cloud, doImageUrl, owner, signal);
    const shared = await findShared(this.cloud, image, signal);
    if (shared === undefined) return uploadImage(this.cloud, image, owner, stateDir, signal);
    log(`Using image ${shared.id}, which was uploaded before`);
    return String(shared.id);
  }

  async launch(spec: MachineSpec, userData: string, owner: Owner, signal: AbortSignal): Promise<Launched> {
    const { memoryMiB } = this.defaultSize;
    checkRoom(spec, { code: 'do-size', names: this.#sizes, memoryMiB, flag: '--do-size' });
    const { shared } = this;
    const key = await this.#key(spec.metadataKey ?? shared.throwAway, shared.owner, signal);
    return launch(this.cloud, shared, spec, key, userData, owner, signal);
  }

  #key(publicKey: string, owner: Owner, signal: AbortSignal): Promise<number> {
    return this.#keys.get(publicKey, () => ensureKey(this.cloud, publicKey, owner, signal));
  }

  gone({ platformId }: Launched, signal: AbortSignal): Promise<string | undefined> {
    return orGone(async () => {
      const { status } = await getDroplet(this.cloud, platformId, signal);
      return ['new', 'active'].includes(status) ? undefined : status;
    });
  }

  /** A new lease tag takes the place of the old one; images and keys have it in their texts. */
  async renew(expires: number, signal: AbortSignal): Promise<void> {
    const old = this.#lease;
    const facts = { [tagKeys.expires]: epoch(expires) };
    if (old !== undefined) {
      const next = old.replace(/\d+$/, epoch(expires));
      await this.cloud.library('createTag', tag, signal, client => client.tags.createTag(next));
      this.#lease = next;
      if (next !== old)
        await this.cloud.library('deleteTag', z.unknown(), signal, client =>
          client.tags.deleteTag(encodeURIComponent(old)),
        );
    }
    for (const { kind, id } of this.context.ledger.open()) {
      if (id === undefined) continue;
      if (kind === 'image') await describe(this.cloud, id, facts, signal);
      if (kind === 'ssh-key') await renameKey(this.cloud, id, facts, signal);
    }
  }
}
