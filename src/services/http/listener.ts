import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { HttpAnswer, HttpRequest } from '../../core/services.ts';
import { loopback, type Startable } from '../context.ts';
import { listenError } from '../listen-error.ts';
import { stopWith } from '../stop-with.ts';
import { type FullAnswer, fullAnswer } from './body.ts';
import { type Reply, replyTo } from './reply.ts';

const mebibyte = 1024 * 1024;
/** A client that dribbles its request must not hold a connection for long. */
const requestTimeout = 30_000;

export interface ListenerOptions {
  /** For messages: `http`, `omaha` … */
  readonly service: string;
  readonly handle: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;
  /** Called before the answer leaves; `problem` says why the handler threw. */
  readonly answered?: (request: HttpRequest, status: number, problem?: string) => void;
  readonly bodyLimit?: number;
  /** PEM; present = HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** An HTTP(S) server on a free loopback port that hands whole requests to one function. */
export class HttpListener implements Startable {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #stopping = new AbortController();
  #detach: () => void = () => undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
    const limits = { requestTimeout, headersTimeout: requestTimeout };
    const serve = (message: IncomingMessage, response: ServerResponse): void => {
      void this.#serve(message, response);
    };
    this.#server =
      options.tls === undefined
        ? createServer(limits, serve)
        : createTlsServer({ ...limits, ...options.tls }, serve);
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string')
      throw new TypeError(`the ${this.#options.service} service is not listening`);
    return address.port;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(0, loopback, resolve);
    try {
      await promise;
    } catch (error) {
      throw listenError(this.#options.service, 0, error);
    }
    this.#server.off('error', reject);
    this.#detach = stopWith(signal, this);
    if (signal.aborted) await this[Symbol.asyncDispose]();
    signal.throwIfAborted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#detach();
    this.#stopping.abort();
    if (!this.#server.listening) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, this.#stopping.signal]);
    try {
      const { request, refusal } = await this.#receive(message, signal);
      const { answer, problem } = await this.#answer(request, refusal);
      if (signal.aborted) return;
      const reply = replyTo(request, answer);
      this.#options.answered?.(request, reply.status, problem);
      await send(response, reply);
    } catch {
      // The client went away, or a file could not be read in mid-answer: a cut connection is all it can be told.
      response.destroy();
    }
  }

  async #answer(
    request: HttpRequest,
    refusal: HttpAnswer | undefined,
  ): Promise<{ answer: FullAnswer; problem?: string }> {
    try {
      // A file that is missing shows here, while there is still a status to send.
      return { answer: await fullAnswer(refusal ?? (await this.#options.handle(request))) };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return { answer: await fullAnswer({ status: 500, body: `${problem}\n` }), problem };
    }
  }

  /** Reads the request to its end; `refusal` is the answer when it is too big or has no readable path. */
  async #receive(
    message: IncomingMessage,
    signal: AbortSignal,
  ): Promise<{ request: HttpRequest; refusal?: HttpAnswer }> {
    const [rawPath = '/', rawQuery = ''] = splitOnce(message.url ?? '/', '?');
    const path = decodePath(rawPath);
    const body = await readBody(message, this.#options.bodyLimit ?? mebibyte);
    const request: HttpRequest = {
      method: message.method ?? 'GET',
      path: path ?? rawPath,
      query: new URLSearchParams(rawQuery),
      headers: headersOf(message),
      body: body ?? new Uint8Array(),
      signal,
    };
    if (path === undefined) return { request, refusal: { status: 400, body: 'bad path\n' } };
    if (body === undefined)
      return {
        request,
        refusal: { status: 413, headers: { connection: 'close' }, body: 'request too large\n' },
      };
    return { request };
  }
}

const send = async (response: ServerResponse, { status, headers, body, part }: Reply): Promise<void> => {
  response.writeHead(status, headers);
  if (part === undefined) response.end();
  else await pipeline(body.open(part), response);
};

/** Undefined when there are more bytes than the limit; the rest is read away so that the answer gets through. */
const readBody = async (message: IncomingMessage, limit: number): Promise<Uint8Array | undefined> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of message.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > limit) {
      message.resume();
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const headersOf = (message: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );

const decodePath = (path: string): string | undefined => {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
};

const splitOnce = (text: string, separator: string): string[] => {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
};
