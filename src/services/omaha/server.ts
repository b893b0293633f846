import {
  type HttpAnswer,
  type HttpRequest,
  type Logged,
  type OmahaEventResult,
  type OmahaEventType,
  type OmahaRecord,
  type OmahaService,
  type OmahaUpdate,
  type OmahaWho,
  omahaEventResults,
  omahaEventTypes,
} from '../../core/services.ts';
import { authority, loopback, type ServiceContext, type Startable } from '../context.ts';
import { HttpListener } from '../http/listener.ts';
import { RequestLog } from '../request-log.ts';
import { answerApp, type Offer } from './answer.ts';
import { describePackage } from './package.ts';
import { type OmahaRequest, parseRequest } from './request.ts';
import { writeResponse } from './response.ts';
import { XmlError } from './xml.ts';

/** An update server: Omaha v3 at `/v1/update`, packages below `/packages/`. */
export class OmahaServer implements OmahaService, Startable {
  readonly log: RequestLog<OmahaRecord>;
  readonly #context: ServiceContext;
  readonly #listener: HttpListener;
  /** Packages of withdrawn updates are still served: a download may be under way. */
  readonly #published: Offer[] = [];
  #offers: readonly Offer[] = [];

  constructor(context: ServiceContext) {
    this.#context = context;
    this.log = new RequestLog(context);
    this.#listener = new HttpListener({
      service: 'omaha',
      handle: request => this.#handle(request),
      answered: (request, status) => this.#answered(request, status),
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  get guestUrl(): string {
    return `http://${authority(this.#context.guestAddress, this.port)}`;
  }

  get localUrl(): string {
    return `http://${authority(loopback, this.port)}`;
  }

  get updateUrl(): string {
    return `${this.guestUrl}/v1/update/`;
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#listener.start(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.log.close();
    await this.#listener[Symbol.asyncDispose]();
  }

  async offer({ packages: paths, ...rules }: OmahaUpdate): Promise<void> {
    if (paths.length === 0) throw new TypeError(`the update to ${rules.version} has no package`);
    const packages = await Promise.all(paths.map(describePackage));
    const offer = { ...rules, packages, folder: String(this.#published.length + 1) };
    this.#published.push(offer);
    this.#offers = [...this.#offers, offer];
  }

  withdraw(): void {
    this.#offers = [];
  }

  async awaitPing(options: OmahaWho = {}): Promise<OmahaRecord & Logged> {
    return await this.log.wait(
      'an Omaha ping',
      entry => entry.kind === 'ping' && is(entry, options),
      options,
    );
  }

  async awaitCheck(options: OmahaWho = {}): Promise<OmahaRecord & Logged> {
    return await this.log.wait(
      'an Omaha update check',
      entry => entry.kind === 'check' && is(entry, options),
      options,
    );
  }

  async awaitEvent(
    type: OmahaEventType,
    result: OmahaEventResult,
    options: OmahaWho = {},
  ): Promise<OmahaRecord & Logged> {
    return await this.log.wait(
      `the Omaha event ${type} with result ${result}`,
      entry =>
        entry.kind === 'event' &&
        entry.type === omahaEventTypes[type] &&
        entry.result === omahaEventResults[result] &&
        is(entry, options),
      options,
    );
  }

  #handle(request: HttpRequest): HttpAnswer {
    if (request.path.startsWith('/packages/')) return this.#package(request);
    if (!/^\/v1\/update\/?$/.test(request.path)) return { status: 404, body: 'nothing here\n' };
    if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST' }, body: 'POST only\n' };
    const type = (request.headers['content-type'] ?? 'text/xml').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    if (!['text/xml', 'application/xml'].includes(type))
      return { status: 415, body: `text/xml is expected, not ${type}\n` };
    return this.#update(request);
  }

  #update(request: HttpRequest): HttpAnswer {
    const asked = readRequest(request.body);
    if (typeof asked === 'string') {
      this.log.add({ kind: 'refused', status: 400, reason: asked });
      return { status: 400, body: `not an Omaha request: ${asked}\n` };
    }
    const base = baseUrl(request) ?? this.guestUrl;
    const answers = asked.apps.map(app => answerApp(asked.protocol, app, this.#offers, base));
    for (const record of answers.flatMap(({ records }) => records)) this.log.add(record);
    return {
      headers: { 'content-type': 'text/xml; charset=utf-8', 'cache-control': 'no-store' },
      body: writeResponse({
        server: 'kola',
        dayStart: Math.floor((this.#context.clock.now() % 86_400_000) / 1000),
        apps: answers.map(({ answer }) => answer),
      }),
    };
  }

  #package({ method, path }: HttpRequest): HttpAnswer {
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: { allow: 'GET, HEAD' } };
    const [, , folder, name] = path.split('/');
    const found = this.#published
      .find(offer => offer.folder === folder)
      ?.packages.find(one => one.name === name);
    return found === undefined ? { status: 404, body: 'no such package\n' } : { file: found.path };
  }

  /** Downloads and refusals are known by their HTTP status; pings, checks and events were logged with their app. */
  #answered({ path, headers, method }: HttpRequest, status: number): void {
    if (path.startsWith('/packages/') && status < 400)
      this.log.add({
        kind: 'download',
        package: path.split('/').at(-1) ?? '',
        status,
        range: headers.range ?? '',
      });
    else if (status > 400) this.log.add({ kind: 'refused', status, reason: `${method} ${path}` });
  }
}

const readRequest = (body: Uint8Array): OmahaRequest | string => {
  try {
    return parseRequest(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    if (error instanceof XmlError) return error.message;
    if (error instanceof TypeError) return 'not UTF-8';
    throw error;
  }
};

/** Packages are fetched by the name that the client reached us by, be it through a tunnel. */
const baseUrl = ({ headers }: HttpRequest): string | undefined =>
  /^[\w.:[\]-]+$/.test(headers.host ?? '') ? `http://${headers.host}` : undefined;

const is = (record: OmahaRecord, { machineId }: OmahaWho): boolean =>
  machineId === undefined || ('client' in record && bare(record.client.machineId) === bare(machineId));

const bare = (id: string): string => id.replaceAll(/[{}-]/g, '').toLowerCase();
