import { z } from 'zod';
import { MetalRefusal } from './faults.ts';

/** What kola reads of a device; the API sends far more. */
const deviceSchema = z.looseObject({
  id: z.string().min(1),
  hostname: z.string().nullish(),
  state: z.string(),
  tags: z.array(z.string()).default([]),
  plan: z.looseObject({ slug: z.string() }).nullish(),
  metro: z.looseObject({ code: z.string() }).nullish(),
  facility: z.looseObject({ code: z.string() }).nullish(),
  ip_addresses: z
    .array(z.looseObject({ address: z.string(), address_family: z.number(), public: z.boolean() }))
    .default([]),
});
export type Device = z.infer<typeof deviceSchema>;

const keySchema = z.looseObject({
  id: z.string().min(1),
  label: z.string().nullish(),
  tags: z.array(z.string()).default([]),
});
export type SshKey = z.infer<typeof keySchema>;

const planSchema = z.looseObject({
  slug: z.string(),
  specs: z
    .looseObject({
      memory: z.looseObject({ total: z.string() }).nullish(),
      cpus: z.array(z.looseObject({ count: z.number().nullish() })).nullish(),
    })
    .nullish(),
});
export type Plan = z.infer<typeof planSchema>;

const projectSchema = z.looseObject({ id: z.string(), name: z.string().default('') });
const metaSchema = z.looseObject({ next: z.looseObject({ href: z.string() }).nullish() }).nullish();
const devicesSchema = z.looseObject({ devices: z.array(deviceSchema), meta: metaSchema });
const keysSchema = z.looseObject({ ssh_keys: z.array(keySchema) });
const plansSchema = z.looseObject({ plans: z.array(planSchema) });

/** So many devices of a plan in a metro or facility; numbers are texts there. */
export interface CapacityWish {
  readonly metro?: string;
  readonly facility?: string;
  readonly plan: string;
  readonly quantity: string;
}

const offersSchema = z.looseObject({
  servers: z.array(
    z.looseObject({
      metro: z.string().nullish(),
      facility: z.string().nullish(),
      plan: z.string(),
      quantity: z.union([z.string(), z.number()]),
      available: z.boolean(),
    }),
  ),
});

export interface Offer {
  readonly place: string;
  readonly plan: string;
  readonly quantity: string | number;
  readonly available: boolean;
}

/** Members of a device that kola sets. Times in ISO 8601. */
export interface DeviceWish {
  readonly hostname: string;
  readonly plan: string;
  readonly metro?: string;
  readonly facility?: readonly string[];
  readonly operating_system: 'custom_ipxe';
  readonly ipxe_script_url: string;
  readonly always_pxe: boolean;
  readonly billing_cycle: 'hourly';
  readonly tags: readonly string[];
  readonly termination_time: string;
  readonly project_ssh_keys: readonly string[];
}

export type DeviceChange = Partial<
  Pick<DeviceWish, 'hostname' | 'ipxe_script_url' | 'always_pxe' | 'tags' | 'termination_time'>
>;

const pageSize = 100;

/** Version 1 of the API, as far as kola uses it. Each method makes one request, or one for each page. */
export class MetalApi {
  readonly #base: string;
  readonly #token: string;
  readonly #project: string;

  /** `base` ends in `/metal/v1`. */
  constructor(base: string, token: string, project: string) {
    this.#base = base;
    this.#token = token;
    this.#project = `/projects/${encodeURIComponent(project)}`;
  }

  project(signal: AbortSignal): Promise<z.infer<typeof projectSchema>> {
    return this.#ask('GET', this.#project, projectSchema, signal);
  }

  async plans(signal: AbortSignal): Promise<readonly Plan[]> {
    return (await this.#ask('GET', `${this.#project}/plans`, plansSchema, signal)).plans;
  }

  /** Whether there is stock; `path` is that of metros or of facilities. */
  async capacity(
    path: string,
    wishes: readonly CapacityWish[],
    signal: AbortSignal,
  ): Promise<readonly Offer[]> {
    const { servers } = await this.#ask('POST', path, offersSchema, signal, { servers: wishes });
    return servers.map(({ metro, facility, plan, quantity, available }) => {
      return { place: metro ?? facility ?? '', plan, quantity, available };
    });
  }

  async devices(signal: AbortSignal, tag: string): Promise<readonly Device[]> {
    const found: Device[] = [];
    for (let page = 1; ; page++) {
      const query = new URLSearchParams({ tag, page: String(page), per_page: String(pageSize) });
      const { devices, meta } = await this.#ask(
        'GET',
        `${this.#project}/devices?${query}`,
        devicesSchema,
        signal,
      );
      found.push(...devices);
      if (meta?.next == null) return found;
    }
  }

  device(id: string, signal: AbortSignal): Promise<Device> {
    return this.#ask('GET', devicePath(id), deviceSchema, signal);
  }

  createDevice(wish: DeviceWish, signal: AbortSignal): Promise<Device> {
    return this.#ask('POST', `${this.#project}/devices`, deviceSchema, signal, wish);
  }

  changeDevice(id: string, change: DeviceChange, signal: AbortSignal): Promise<Device> {
    return this.#ask('PUT', devicePath(id), deviceSchema, signal, change);
  }

  reboot(id: string, signal: AbortSignal): Promise<unknown> {
    return this.#ask('POST', `${devicePath(id)}/actions`, z.unknown(), signal, { type: 'reboot' });
  }

  /** `force_delete` also takes devices whose network is in use. */
  deleteDevice(id: string, signal: AbortSignal): Promise<unknown> {
    return this.#ask('DELETE', `${devicePath(id)}?force_delete=true`, z.unknown(), signal);
  }

  async keys(signal: AbortSignal): Promise<readonly SshKey[]> {
    return (await this.#ask('GET', `${this.#project}/ssh-keys`, keysSchema, signal)).ssh_keys;
  }

  createKey(label: string, key: string, tags: readonly string[], signal: AbortSignal): Promise<SshKey> {
    return this.#ask('POST', `${this.#project}/ssh-keys`, keySchema, signal, { label, key, tags });
  }

  changeKey(id: string, tags: readonly string[], signal: AbortSignal): Promise<SshKey> {
    return this.#ask('PUT', keyPath(id), keySchema, signal, { tags });
  }

  deleteKey(id: string, signal: AbortSignal): Promise<unknown> {
    return this.#ask('DELETE', keyPath(id), z.unknown(), signal);
  }

  async #ask<T>(
    method: string,
    path: string,
    schema: z.ZodType<T>,
    signal: AbortSignal,
    body?: object,
  ): Promise<T> {
    const answer = await fetch(`${this.#base}${path}`, {
      method,
      signal,
      headers: {
        'X-Auth-Token': this.#token,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok)
      throw new MetalRefusal(answer.status, refusalText(text), answer.headers.get('retry-after'));
    try {
      return schema.parse(text === '' ? {} : JSON.parse(text));
    } catch {
      throw new MetalRefusal(answer.status, `${method} ${path}: ${text.slice(0, 200)}`, null);
    }
  }
}

const devicePath = (id: string): string => `/devices/${encodeURIComponent(id)}`;
const keyPath = (id: string): string => `/ssh-keys/${encodeURIComponent(id)}`;

/** `{"errors":["…"]}`, or `{"error":"…"}`. */
const refusalText = (text: string): string => {
  try {
    const said: { errors?: unknown; error?: unknown } = JSON.parse(text);
    if (Array.isArray(said.errors)) return said.errors.map(String).join('; ');
    return typeof said.error === 'string' ? said.error : text;
  } catch {
    return text;
  }
};
