import { type Clock, systemClock } from '../core/clock.ts';
import { BlockedError, HarnessError, InterruptedError, ScenarioError } from '../core/errors.ts';
import type {
  DiscoveryService,
  HttpOptions,
  HttpService,
  HttpsOptions,
  HttpsService,
  NamedOptions,
  NtpOptions,
  NtpService,
  OmahaService,
  ServiceName,
  Services,
  TangService,
  TftpService,
} from '../core/services.ts';
import type { ServiceContext, Startable } from './context.ts';
import type { Authority } from './http/authority.ts';
import { Instances } from './instances.ts';

export interface ServiceHubOptions {
  /** The harness's loopback as guests see it (10.0.2.2 in QEMU's user-mode network); undefined = they can't. */
  readonly guestAddress: string | undefined;
  /** For messages. */
  readonly platform: string;
  /** The attempt's: every service ends with it. */
  readonly signal: AbortSignal;
  /** `needs.services` of the scenario; absent = anything goes. */
  readonly declared?: readonly string[];
  /** Factor on waits; default 1. */
  readonly slowdown?: number;
  readonly clock?: Clock;
  /** See {@link ServiceContext}. */
  readonly patience?: number | undefined;
  readonly onWaited?: (took: number) => void;
}

/** The services of one attempt. What costs memory or time to load is loaded with the first use of its service. */
export class ServiceHub implements Services, AsyncDisposable {
  readonly #options: ServiceHubOptions;
  readonly #clock: Clock;
  readonly #kinds: AsyncDisposable[] = [];
  #authority: Promise<Authority> | undefined;
  #closed = false;

  readonly #http = this.#kind('http', 'http', async (context, options?: HttpOptions) => {
    const { HttpServer } = await import('./http/server.ts');
    return new HttpServer(context, options);
  });
  readonly #https = this.#kind('http', 'https', async (context, options?: HttpsOptions) => {
    const { SecureHttpServer } = await import('./http/secure-server.ts');
    return await SecureHttpServer.create(context, await this.#sharedAuthority(), options);
  });
  readonly #tftp = this.#kind('tftp', 'tftp', async context => {
    const { TftpServer } = await import('./tftp/server.ts');
    return new TftpServer(context);
  });
  readonly #ntp = this.#kind('ntp', 'ntp', async (context, options?: NtpOptions) => {
    const { NtpServer } = await import('./ntp/server.ts');
    return new NtpServer(context, options);
  });
  readonly #discovery = this.#kind('discovery', 'discovery', async context => {
    const { DiscoveryServer } = await import('./discovery/server.ts');
    return new DiscoveryServer(context);
  });
  readonly #omaha = this.#kind('omaha', 'omaha', async context => {
    const { OmahaServer } = await import('./omaha/server.ts');
    return new OmahaServer(context);
  });
  readonly #tang = this.#kind('tang', 'tang', async context => {
    const { TangServer } = await import('./tang/server.ts');
    return new TangServer(context);
  });

  constructor(options: ServiceHubOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async http(options?: HttpOptions): Promise<HttpService> {
    return await this.#http(options);
  }

  async https(options?: HttpsOptions): Promise<HttpsService> {
    return await this.#https(options);
  }

  async tftp(options?: NamedOptions): Promise<TftpService> {
    return await this.#tftp(options);
  }

  async ntp(options?: NtpOptions): Promise<NtpService> {
    return await this.#ntp(options);
  }

  async discovery(options?: NamedOptions): Promise<DiscoveryService> {
    return await this.#discovery(options);
  }

  async omaha(options?: NamedOptions): Promise<OmahaService> {
    return await this.#omaha(options);
  }

  async tang(options?: NamedOptions): Promise<TangService> {
    return await this.#tang(options);
  }

  /** Stops every service. Fine to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const results = await Promise.allSettled(this.#kinds.map(kind => kind[Symbol.asyncDispose]()));
    const failed = results.filter(result => result.status === 'rejected').map(result => result.reason);
    if (failed.length > 0)
      throw new HarnessError('service-close', `a service could not be stopped: ${String(failed[0])}`, {
        cause: new AggregateError(failed),
      });
  }

  /** A function that hands out instances of one kind. */
  #kind<S extends Startable, Options extends NamedOptions>(
    declaredAs: ServiceName,
    kind: string,
    make: (context: ServiceContext, options?: Options) => Promise<S>,
  ): (options?: Options) => Promise<S> {
    let instances: Instances<S, Options> | undefined;
    return async options => {
      const context = this.#context(declaredAs);
      if (instances === undefined) {
        instances = new Instances(kind, this.#options.signal, given => make(context, given));
        this.#kinds.push(instances);
      }
      return await instances.get(options);
    };
  }

  #context(service: ServiceName): ServiceContext {
    const { guestAddress, platform, declared, slowdown, patience, onWaited } = this.#options;
    if (this.#closed)
      throw new InterruptedError(`the ${service} service was asked for after the attempt's end`);
    if (declared !== undefined && !declared.includes(service))
      throw new ScenarioError(
        'service-undeclared',
        `the scenario uses the ${service} service, which its needs.services does not name`,
      );
    if (guestAddress === undefined)
      throw new BlockedError(`machines on ${platform} cannot reach services in the harness`, {
        kind: 'harness',
      });
    return {
      guestAddress,
      clock: this.#clock,
      slowdown: slowdown ?? 1,
      ...(patience === undefined ? {} : { patience }),
      ...(onWaited === undefined ? {} : { onWaited }),
    };
  }

  async #sharedAuthority(): Promise<Authority> {
    this.#authority ??= import('./http/authority.ts').then(({ Authority }) =>
      Authority.create(this.#clock.now()),
    );
    return await this.#authority;
  }
}
