import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { systemClock } from '../../../../src/core/clock.ts';
import type { GuestHost } from '../guests.ts';
import { json, type RestCall, type Routes } from '../rest.ts';
import type { SimAnswer } from '../server.ts';
import { writeDisk } from '../sparse-disk.ts';
import { metadataService } from './metadata.ts';
import { type Droplet, type Firewall, type Image, type Key, sizes } from './state.ts';
import { dropletView, firewallView, imageView, keyView, sizeView } from './views.ts';

export const refusal = (
  status: number,
  id: string,
  message: string,
  headers?: Record<string, string>,
): SimAnswer => json(status, { id, message, request_id: randomUUID() }, headers);

export const missing = refusal(404, 'not_found', 'The resource you were accessing could not be found.');
const gib = 2 ** 30;

/** The v2 API of an account, as far as runs of kola use it. */
export class DoApi {
  readonly droplets = new Map<number, Droplet>();
  readonly images = new Map<number, Image>();
  readonly keys = new Map<number, Key>();
  readonly firewalls = new Map<string, Firewall>();
  readonly tags = new Set<string>();
  readonly settings = {
    /** Milliseconds that fetching an image and starting a droplet take. */
    pace: 2,
    /** Most things on a page, whatever was asked for. */
    pageSize: 200,
    dropletLimit: 25,
  };
  readonly #guests: GuestHost;
  readonly #folder = mkdtempSync(join(tmpdir(), 'kola-do-'));
  readonly #working = new Set<Promise<unknown>>();
  readonly #ended = new AbortController();
  #count = 1000;

  constructor(guests: GuestHost) {
    this.#guests = guests;
  }

  readonly routes: Routes = {
    'GET /v2/account': () =>
      json(200, {
        account: {
          droplet_limit: this.settings.dropletLimit,
          floating_ip_limit: 3,
          email: 'tester@example.org',
          uuid: 'b6fr89dbf6d9156cace5f3c78dc9851d957381ef',
          email_verified: true,
          status: 'active',
          status_message: '',
        },
      }),
    'GET /v2/sizes': call => this.#page('sizes', sizes.map(sizeView), call),
    'GET /v2/tags': call =>
      this.#page(
        'tags',
        [...this.tags].map(name => this.#tagView(name)),
        call,
      ),
    'POST /v2/tags': ({ body }) => {
      const name = String(body.name);
      if (!/^[\w:-]{1,255}$/.test(name))
        return refusal(422, 'unprocessable_entity', `Tag ${name} is invalid`);
      this.tags.add(name);
      return json(201, { tag: this.#tagView(name) });
    },
    'DELETE /v2/tags/:name': ({ params: { name = '' } }) => {
      if (!this.tags.delete(name)) return missing;
      for (const { tags } of this.droplets.values()) tags.delete(name);
      return json(204);
    },
    'GET /v2/account/keys': call => this.#page('ssh_keys', [...this.keys.values()].map(keyView), call),
    'POST /v2/account/keys': ({ body }) => this.#createKey(String(body.name), String(body.public_key)),
    'GET /v2/account/keys/:id': ({ params: { id = '' } }) => {
      const key = this.#key(id);
      return key === undefined ? missing : json(200, { ssh_key: keyView(key) });
    },
    'PUT /v2/account/keys/:id': ({ params: { id = '' }, body }) => {
      const key = this.#key(id);
      if (key === undefined) return missing;
      key.name = String(body.name);
      return json(200, { ssh_key: keyView(key) });
    },
    'DELETE /v2/account/keys/:id': ({ params: { id = '' } }) => {
      const key = this.#key(id);
      if (key === undefined) return missing;
      this.keys.delete(key.id);
      return json(204);
    },
    'GET /v2/firewalls': call =>
      this.#page('firewalls', [...this.firewalls.values()].map(firewallView), call),
    'POST /v2/firewalls': ({ body }) => this.#createFirewall(body),
    'DELETE /v2/firewalls/:id': ({ params: { id = '' } }) =>
      this.firewalls.delete(id) ? json(204) : missing,
    'GET /v2/images': call => this.#page('images', [...this.images.values()].map(imageView), call),
    'POST /v2/images': ({ body }) => this.#createImage(body),
    'GET /v2/images/:id': ({ params: { id } }) => {
      const image = this.images.get(Number(id));
      return image === undefined ? missing : json(200, { image: imageView(image) });
    },
    'PUT /v2/images/:id': ({ params: { id }, body }) => {
      const image = this.images.get(Number(id));
      if (image === undefined) return missing;
      image.name = String(body.name ?? image.name);
      image.description = String(body.description ?? image.description);
      return json(200, { image: imageView(image) });
    },
    'DELETE /v2/images/:id': ({ params: { id } }) => (this.images.delete(Number(id)) ? json(204) : missing),
    'GET /v2/droplets': call => {
      const tag = call.query.get('tag_name');
      const found = [...this.droplets.values()].filter(({ tags }) => tag === null || tags.has(tag));
      return this.#page(
        'droplets',
        found.map(droplet => this.#dropletView(droplet)),
        call,
      );
    },
    'POST /v2/droplets': ({ body }) => this.#createDroplet(body),
    'GET /v2/droplets/:id': ({ params: { id } }) => {
      const droplet = this.droplets.get(Number(id));
      return droplet === undefined ? missing : json(200, { droplet: this.#dropletView(droplet) });
    },
    'DELETE /v2/droplets/:id': ({ params: { id } }) => this.#deleteDroplet(Number(id)),
  };

  #page(key: string, items: readonly object[], { query, request }: RestCall): SimAnswer {
    const size = Math.min(Number(query.get('per_page') ?? 20), this.settings.pageSize);
    const page = Number(query.get('page') ?? 1);
    const more = items.length > page * size;
    const next = new URL(request.url);
    next.searchParams.set('page', String(page + 1));
    return json(200, {
      [key]: items.slice((page - 1) * size, page * size),
      links: more ? { pages: { next: next.href, last: next.href } } : {},
      meta: { total: items.length },
    });
  }

  #tagView(name: string): object {
    const count = [...this.droplets.values()].filter(({ tags }) => tags.has(name)).length;
    const none = { count: 0 };
    return {
      name,
      resources: {
        count,
        droplets: { count },
        images: none,
        volumes: none,
        volume_snapshots: none,
        databases: none,
      },
    };
  }

  #dropletView(droplet: Droplet): object {
    return dropletView(droplet, this.images.get(droplet.image));
  }

  #key(id: string): Key | undefined {
    return [...this.keys.values()].find(key => String(key.id) === id || key.fingerprint === id);
  }

  #createKey(name: string, publicKey: string): SimAnswer {
    const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
    const fingerprint = createHash('md5').update(blob).digest('hex').match(/../g)?.join(':') ?? '';
    if (this.#key(fingerprint) !== undefined)
      return refusal(422, 'unprocessable_entity', 'SSH Key is already in use on your account');
    const key = { id: ++this.#count, name, publicKey, fingerprint };
    this.keys.set(key.id, key);
    return json(201, { ssh_key: keyView(key) });
  }

  #createFirewall(body: Readonly<Record<string, unknown>>): SimAnswer {
    const name = String(body.name);
    if ([...this.firewalls.values()].some(one => one.name === name))
      return refusal(409, 'conflict', 'duplicate name');
    for (const tag of (body.tags as string[] | undefined) ?? [])
      if (!this.tags.has(tag)) return refusal(422, 'unprocessable_entity', `tag ${tag} does not exist`);
    const made = { id: randomUUID(), name, body, created: now() };
    this.firewalls.set(made.id, made);
    return json(202, { firewall: firewallView(made) });
  }

  #createImage(body: Readonly<Record<string, unknown>>): SimAnswer {
    const image: Image = {
      id: ++this.#count,
      name: String(body.name),
      description: String(body.description ?? ''),
      region: String(body.region),
      created: now(),
      status: 'NEW',
      error: '',
      file: undefined,
      bytes: 0,
    };
    this.images.set(image.id, image);
    this.#later(() => this.#fetchImage(image, String(body.url)));
    return json(202, { image: imageView(image) });
  }

  /** The vendor fetches the disk itself, and unpacks it. */
  async #fetchImage(image: Image, url: string): Promise<void> {
    image.status = 'pending';
    const answer = await fetch(url, { signal: this.#ended.signal }).catch(() => undefined);
    if (answer?.ok !== true || answer.body === null) {
      image.status = 'deleted';
      image.error = `the address answered ${answer?.status ?? 'nothing'}`;
      return;
    }
    const file = join(this.#folder, `image-${image.id}.raw`);
    await writeDisk(Readable.fromWeb(answer.body), file, new URL(url).pathname.endsWith('.gz'));
    image.file = file;
    image.bytes = statSync(file).size;
    image.status = 'available';
  }

  #createDroplet(body: Readonly<Record<string, unknown>>): SimAnswer {
    const image = this.images.get(Number(body.image));
    const size = sizes.find(({ slug }) => slug === body.size);
    if (image?.file === undefined || size === undefined)
      return refusal(
        422,
        'unprocessable_entity',
        'You specified an invalid image or size for Droplet creation.',
      );
    const ids = (body.ssh_keys as (number | string)[] | undefined) ?? [];
    const keys = ids.map(id => this.#key(String(id)));
    if (keys.length === 0 || keys.includes(undefined))
      return refusal(422, 'unprocessable_entity', `${ids.join()} are invalid key identifiers.`);
    const userData = body.user_data === undefined ? undefined : String(body.user_data);
    if (Buffer.byteLength(userData ?? '') > 65_536)
      return refusal(422, 'unprocessable_entity', 'User data is too long');
    const tags = new Set((body.tags as string[] | undefined) ?? []);
    for (const tag of tags) this.tags.add(tag);
    const droplet: Droplet = {
      id: ++this.#count,
      name: String(body.name),
      size: size.slug,
      image: image.id,
      tags,
      userData,
      keys: keys.flatMap(key => key?.publicKey ?? []),
      created: now(),
      status: 'new',
      guest: undefined,
    };
    this.droplets.set(droplet.id, droplet);
    this.#later(() => this.#start(droplet, image.file ?? '', Math.max(image.bytes, size.disk * gib)));
    return json(202, { droplet: this.#dropletView(droplet), links: { actions: [] } });
  }

  async #start(droplet: Droplet, disk: string, diskBytes: number): Promise<void> {
    if (!this.droplets.has(droplet.id)) return;
    const guest = await this.#guests.start({
      id: String(droplet.id),
      arch: 'amd64',
      disk,
      diskBytes,
      extraDisks: [],
      network: 'default-vpc',
      metadata: metadataService(droplet),
    });
    if (!this.droplets.has(droplet.id)) return guest.kill();
    droplet.guest = guest;
    droplet.status = 'active';
    void guest.off.then(() => {
      droplet.status = 'off';
    });
  }

  async #deleteDroplet(id: number): Promise<SimAnswer> {
    const droplet = this.droplets.get(id);
    if (droplet === undefined) return missing;
    this.droplets.delete(id);
    await droplet.guest?.kill();
    return json(204);
  }

  /** The power goes off behind everybody's back. */
  async murder(id: string): Promise<void> {
    await this.droplets.get(Number(id))?.guest?.kill();
  }

  #later(work: () => Promise<void>): void {
    const running = systemClock
      .sleep(this.settings.pace, this.#ended.signal)
      .then(work)
      .catch(error => {
        if (!this.#ended.signal.aborted) process.stderr.write(`simulator: ${String(error)}\n`);
      })
      .finally(() => this.#working.delete(running));
    this.#working.add(running);
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await Promise.allSettled(this.#working);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Everything that exists, as `kind id`. */
  census(): readonly string[] {
    return [
      ...[...this.droplets.keys()].map(id => `droplet ${id}`),
      ...[...this.images.keys()].map(id => `image ${id}`),
      ...[...this.keys.keys()].map(id => `ssh-key ${id}`),
      ...[...this.firewalls.keys()].map(id => `firewall ${id}`),
      ...[...this.tags].map(name => `tag ${name}`),
    ];
  }
}

const now = (): string => new Date().toISOString().replace(/\.\d+/, '');
