import { z } from 'zod';
import { ApiCalls, type CallOptions } from '../../src/cloud/calls.ts';
import { faultOf } from '../../src/cloud/fault.ts';
import { JsonApi, type JsonRequest } from '../../src/cloud/http.ts';
import type { Clock } from '../../src/core/clock.ts';
import { UsageError } from '../../src/core/errors.ts';
import { endpointOf, type Service, services, tokenSchema } from './catalog.ts';
import { type Credentials, credentialsHint, findCredentials } from './credentials.ts';
import { faultCodes, readFault } from './faults.ts';
import type { OpenStackOptions } from './options.ts';

/** Of Nova: tags in the request that creates a server (Pike, 2017). */
export const novaVersion = '2.52';

const pageSize = 500;

export interface Call extends CallOptions, JsonRequest {}

/** Who we are, as Keystone says it. */
export interface Identity {
  readonly user: string;
  readonly project: { readonly id: string; readonly name: string };
}

/** A project in one region of one cloud. */
export interface OpenStackCloud {
  readonly calls: ApiCalls;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** Of Keystone. */
  readonly endpoint: string;
  readonly region: string | undefined;
  readonly floatingIpPool: string | undefined;
  identity(signal: AbortSignal): Promise<Identity>;
  /** Known once anything was asked. */
  readonly project: string | undefined;
  /** Address of a service, without a slash at its end; undefined = the cloud does not have it. */
  address(service: Service, signal: AbortSignal): Promise<string | undefined>;
  /** One call: `send('compute', 'POST /servers', '/servers', schema, …)`. */
  send<T>(
    service: Service,
    action: string,
    path: string,
    schema: z.ZodType<T>,
    signal: AbortSignal,
    call?: Call,
  ): Promise<T>;
  /** All pages of a list. */
  all<T>(
    service: Service,
    path: string,
    key: string,
    schema: z.ZodType<T>,
    signal: AbortSignal,
    query?: Readonly<Record<string, string>>,
  ): Promise<readonly T[]>;
}

/** Where a ledger entry was made: what `connect` needs to find the place again. */
export const siteKeys = ['endpoint', 'region', 'configFile', 'profile', 'project'] as const;

export const siteOf = (
  options: OpenStackOptions,
  project: string | undefined,
): Readonly<Record<string, string>> => {
  const site = {
    endpoint: options.openstackEndpoint,
    region: options.openstackRegion,
    configFile: options.openstackConfigFile,
    profile: options.openstackProfile,
    project,
  };
  return Object.fromEntries(
    Object.entries(site).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
};

export const optionsOf = (site: Readonly<Record<string, string>>): OpenStackOptions => ({
  ...(site.endpoint === undefined ? {} : { openstackEndpoint: site.endpoint }),
  ...(site.region === undefined ? {} : { openstackRegion: site.region }),
  ...(site.configFile === undefined ? {} : { openstackConfigFile: site.configFile }),
  ...(site.profile === undefined ? {} : { openstackProfile: site.profile }),
});

type Session = z.infer<typeof tokenSchema>['token'] & { readonly secret: string; readonly who: Identity };

const versionHeaders: Readonly<Partial<Record<Service, Readonly<Record<string, string>>>>> = {
  compute: { 'openstack-api-version': `compute ${novaVersion}` },
};

export const connect = (
  options: OpenStackOptions,
  tools: { readonly clock: Clock; readonly log: (line: string) => void },
): OpenStackCloud => new Connection(findCredentials(options), tools);

class Connection implements OpenStackCloud {
  readonly calls: ApiCalls;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  readonly endpoint: string;
  readonly region: string | undefined;
  readonly floatingIpPool: string | undefined;
  readonly #credentials: Credentials;
  /** Paths are whole addresses. */
  readonly #api = new JsonApi('', {});
  #session: Session | undefined;

  constructor(
    credentials: Credentials,
    { clock, log }: { readonly clock: Clock; readonly log: (line: string) => void },
  ) {
    this.#credentials = credentials;
    this.clock = clock;
    this.log = log;
    this.endpoint = credentials.authUrl;
    this.region = credentials.region;
    this.floatingIpPool = credentials.floatingIpPool;
    const style = {
      platform: 'openstack',
      account: credentials.authUrl,
      credentialsHint,
      endpoint: credentials.authUrl,
      rate: { perSecond: 10, burst: 100 },
      codes: faultCodes,
      read: readFault,
    };
    this.calls = new ApiCalls(style, clock, log);
  }

  get project(): string | undefined {
    return this.#session?.who.project.id;
  }

  async identity(signal: AbortSignal): Promise<Identity> {
    return (await this.#open(signal)).who;
  }

  async address(service: Service, signal: AbortSignal): Promise<string | undefined> {
    const { catalog, who } = await this.#open(signal);
    return endpointOf(catalog, service, { ...this.#credentials, project: who.project.id });
  }

  async send<T>(
    service: Service,
    action: string,
    path: string,
    schema: z.ZodType<T>,
    signal: AbortSignal,
    call: Call = {},
  ): Promise<T> {
    const { secret } = await this.#open(signal);
    try {
      return await this.#send(service, action, path, schema, signal, call);
    } catch (error) {
      if (faultOf(error)?.kind !== 'credentials') throw error;
      // Tokens live for an hour or so: another one is asked for, unless somebody else did that already.
      if (this.#session?.secret === secret) this.#session = undefined;
      return this.#send(service, action, path, schema, signal, call);
    }
  }

  async #send<T>(
    service: Service,
    action: string,
    path: string,
    schema: z.ZodType<T>,
    signal: AbortSignal,
    { query, body, headers, ...options }: Call,
  ): Promise<T> {
    const { secret } = await this.#open(signal);
    const url = /^https?:/.test(path) ? path : `${await this.#addressOf(service, signal)}${path}`;
    const [method = 'GET'] = action.split(' ');
    const request = {
      headers: { 'x-auth-token': secret, ...versionHeaders[service], ...headers },
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body }),
    };
    const make = (own: AbortSignal) => this.#api.send(schema, method, url, own, request);
    return this.calls.call(`${services[service].api} ${action}`, signal, make, options);
  }

  async #addressOf(service: Service, signal: AbortSignal): Promise<string> {
    const url = await this.address(service, signal);
    if (url !== undefined) return url;
    throw new UsageError(
      'openstack-service',
      `${this.endpoint} lists no ${service} service with ${this.#credentials.interface} addresses`,
    );
  }

  async all<T>(
    service: Service,
    path: string,
    key: string,
    schema: z.ZodType<T>,
    signal: AbortSignal,
    query: Readonly<Record<string, string>> = {},
  ): Promise<readonly T[]> {
    const found: T[] = [];
    const answer = pageOf(key, schema);
    for (let marker: string | undefined; ; ) {
      const asked = { ...query, limit: pageSize, ...(marker === undefined ? {} : { marker }) };
      const page = await this.send(service, `GET ${path}`, path, answer, signal, { query: asked });
      found.push(...page.items);
      marker = page.marker;
      if (marker === undefined) return found;
    }
  }

  async #open(signal: AbortSignal): Promise<Session> {
    this.#session ??= await this.#logIn(signal);
    return this.#session;
  }

  async #logIn(signal: AbortSignal): Promise<Session> {
    const { authUrl, auth } = this.#credentials;
    const url = `${authUrl}/auth/tokens`;
    const { value, headers } = await this.calls.call('keystone POST /auth/tokens', signal, own =>
      this.#api.exchange(tokenSchema, 'POST', url, own, { body: { auth } }),
    );
    const { token } = value;
    const secret = headers.get('x-subject-token');
    if (token.project === undefined || secret === null)
      throw new UsageError('openstack-project', `${authUrl} gave a token that belongs to no project`, {
        hint: 'set OS_PROJECT_NAME, or project_name in clouds.yaml',
      });
    return { ...token, secret, who: { user: token.user.name, project: token.project } };
  }
}

interface Page<T> {
  readonly items: readonly T[];
  /** What the next page begins behind; undefined = there is none. */
  readonly marker: string | undefined;
}

const pageOf = <T>(key: string, schema: z.ZodType<T>): z.ZodType<Page<T>> =>
  z.looseObject({ [key]: z.array(z.unknown()) }).transform((page, context): Page<T> => {
    const raw = z.array(z.unknown()).parse(page[key]);
    const items = z.array(schema).safeParse(raw);
    if (items.success)
      return { items: items.data, marker: isLast(page, key) ? undefined : markerOf(raw.at(-1)) };
    const [issue] = items.error.issues;
    context.addIssue({ code: 'custom', path: [key, ...(issue?.path ?? [])], message: issue?.message ?? '' });
    return z.NEVER;
  });

const links = z.array(z.object({ rel: z.string() }));

/** Glance says `next`, the others have links. Addresses in them may be those behind a proxy: they are not followed. */
const isLast = (page: Readonly<Record<string, unknown>>, key: string): boolean =>
  typeof page.next !== 'string' &&
  links.safeParse(page[`${key}_links`]).data?.some(({ rel }) => rel === 'next') !== true;

const itemSchema = z.union([
  z.object({ id: z.string() }).transform(({ id }) => id),
  z.object({ keypair: z.object({ name: z.string() }) }).transform(({ keypair }) => keypair.name),
]);

const markerOf = (item: unknown): string | undefined => itemSchema.safeParse(item).data;
