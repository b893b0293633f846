import type {
  AwaitOptions,
  HttpAnswer,
  HttpOptions,
  HttpRecord,
  HttpRequest,
  HttpRoute,
  HttpService,
  Logged,
} from '../../core/services.ts';
import { authority, loopback, type ServiceContext, type Startable } from '../context.ts';
import { RequestLog } from '../request-log.ts';
import { HttpListener } from './listener.ts';

/** Serves what a scenario puts at a path, over HTTP, and remembers who asked for what. */
export class HttpServer implements HttpService, Startable {
  readonly log: RequestLog<HttpRecord>;
  readonly #context: ServiceContext;
  readonly #routes = new Map<string, HttpRoute>();
  readonly #listener: HttpListener;
  readonly #scheme: 'http' | 'https';

  constructor(
    context: ServiceContext,
    options: HttpOptions & { readonly tls?: { readonly key: string; readonly cert: string } } = {},
  ) {
    this.#context = context;
    this.log = new RequestLog(context);
    this.#scheme = options.tls === undefined ? 'http' : 'https';
    this.#listener = new HttpListener({
      service: this.#scheme,
      handle: request => this.#handle(request),
      answered: ({ signal: _, ...request }, status, problem) =>
        this.log.add({ ...request, status, ...(problem === undefined ? {} : { problem }) }),
      ...(options.tls === undefined ? {} : { tls: options.tls }),
      ...(options.bodyLimit === undefined ? {} : { bodyLimit: options.bodyLimit }),
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  get guestUrl(): string {
    return `${this.#scheme}://${authority(this.#context.guestAddress, this.port)}`;
  }

  get localUrl(): string {
    return `${this.#scheme}://${authority(loopback, this.port)}`;
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#listener.start(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.log.close();
    await this.#listener[Symbol.asyncDispose]();
  }

  serve(path: string, route: HttpRoute): string {
    if (!path.startsWith('/')) throw new TypeError(`an HTTP path starts with a slash, not ${path}`);
    this.#routes.set(path, route);
    return `${this.guestUrl}${encodeURI(path.replace(/\*$/, ''))}`;
  }

  async awaitRequest(path: string, options: AwaitOptions = {}): Promise<HttpRecord & Logged> {
    return await this.log.wait(`a request for ${path}`, entry => entry.path === path, options);
  }

  async #handle(request: HttpRequest): Promise<HttpAnswer> {
    const route = this.#find(request.path);
    if (route === undefined) return { status: 404, body: `nothing at ${request.path}\n` };
    if (typeof route === 'function') return await route(request);
    if (request.method === 'GET' || request.method === 'HEAD') return route;
    return { status: 405, headers: { allow: 'GET, HEAD' }, body: 'GET or HEAD only\n' };
  }

  /** The exact path first, then the longest `/…/*` above it. */
  #find(path: string): HttpRoute | undefined {
    const exact = this.#routes.get(path);
    if (exact !== undefined) return exact;
    const above = [...this.#routes.keys()]
      .filter(route => route.endsWith('/*') && path.startsWith(route.slice(0, -1)))
      .toSorted((a, b) => b.length - a.length);
    return above[0] === undefined ? undefined : this.#routes.get(above[0]);
  }
}
