import type { z } from 'zod';
import { retryAfterOf } from './calls.ts';
import type { RawFault } from './fault.ts';

/** An HTTP API said no, or said something that it should not. Without a status no answer came. */
export class HttpFault extends Error {
  override name = 'HttpFault';
  readonly status: number | undefined;
  /** The body: parsed when it was JSON, else as text. */
  readonly body: unknown;
  readonly retryAfter: number | undefined;

  constructor(message: string, answer: { status?: number; body?: unknown; retryAfter?: number } = {}) {
    super(message);
    this.status = answer.status;
    this.body = answer.body;
    this.retryAfter = answer.retryAfter;
  }
}

export interface JsonRequest {
  readonly query?: Readonly<Record<string, string | number>>;
  /** Sent as JSON; a stream, bytes or a blob (a file) as they are. */
  readonly body?: object | Uint8Array | ReadableStream<Uint8Array> | Blob;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface JsonAnswer<T> {
  readonly value: T;
  readonly headers: Headers;
}

/** Calls of an HTTP API that speaks JSON. Nothing is repeated here: see `ApiCalls`. */
export class JsonApi {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** `base` has no slash at its end; a path that is a whole URL goes where it says. */
  constructor(base: string, headers: Readonly<Record<string, string>>) {
    this.#base = base;
    this.#headers = headers;
  }

  /** The answer as `schema` has it; an answer of another shape is no answer of this API. */
  async send<T>(
    schema: z.ZodType<T>,
    method: string,
    path: string,
    signal: AbortSignal,
    request: JsonRequest = {},
  ): Promise<T> {
    return (await this.exchange(schema, method, path, signal, request)).value;
  }

  async exchange<T>(
    schema: z.ZodType<T>,
    method: string,
    path: string,
    signal: AbortSignal,
    request: JsonRequest = {},
  ): Promise<JsonAnswer<T>> {
    const what = `${method} ${path}`;
    const response = await this.#fetch(method, path, signal, request);
    const { status, headers } = response;
    const text = await response.text().catch((error: unknown) => {
      signal.throwIfAborted();
      throw noAnswer(error);
    });
    const body = parsed(text);
    const retryAfter = retryAfterOf(headers.get('retry-after'), Date.now());
    if (!response.ok)
      throw new HttpFault(messageIn(body) ?? `${what}: status ${status}`, {
        status,
        body,
        ...(retryAfter === undefined ? {} : { retryAfter }),
      });
    return { value: readAnswer(schema, body, what, status), headers };
  }

  async #fetch(method: string, path: string, signal: AbortSignal, request: JsonRequest): Promise<Response> {
    const url = new URL(/^https?:/.test(path) ? path : `${this.#base}${path}`);
    for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, String(value));
    const { body } = request;
    const raw = body instanceof Uint8Array || body instanceof ReadableStream || body instanceof Blob;
    const content = body === undefined || raw ? body : JSON.stringify(body);
    const init: RequestInit & { duplex?: 'half' } = {
      method,
      signal,
      headers: {
        accept: 'application/json',
        ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }),
        ...this.#headers,
        ...request.headers,
      },
      ...(content === undefined ? {} : { body: content, duplex: 'half' }),
      // What could be sent again after a redirect is kept in memory as a whole: 2 GB for a disk of 2 GB.
      ...(raw ? { window: null, redirect: 'error' } : {}),
    };
    try {
      return await fetch(url, init);
    } catch (error) {
      signal.throwIfAborted();
      throw noAnswer(error);
    }
  }
}

/** What of an answer is used, in the shape that the schema says. */
export const readAnswer = <T>(schema: z.ZodType<T>, body: unknown, what: string, status = 200): T => {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const found = typeof body === 'string' ? `: ${body.slice(0, 200)}` : '';
  throw new HttpFault(
    `${what}: the answer is not as described (${issue?.path.join('.') ?? ''} ${issue?.message ?? ''})${found}`,
    { status, body },
  );
};

const noAnswer = (error: unknown): HttpFault => {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return new HttpFault(`fetch failed${code}: ${cause instanceof Error ? cause.message : String(error)}`);
};

const parsed = (text: string): unknown => {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const messageIn = (body: unknown): string | undefined => {
  if (typeof body === 'string') return body.slice(0, 500);
  if (typeof body !== 'object' || body === null) return undefined;
  const message = 'message' in body ? body.message : undefined;
  return typeof message === 'string' ? message : undefined;
};

/** Takes an error of {@link JsonApi} apart; `wordOf` finds the vendor's code and sentence in the body. */
export const readHttpFault =
  (wordOf: (body: unknown, status: number) => { readonly code?: string; readonly message?: string }) =>
  (error: unknown): RawFault => {
    if (!(error instanceof HttpFault))
      return { message: error instanceof Error ? error.message : String(error) };
    const { status, retryAfter, body, message } = error;
    const word = status === undefined ? {} : wordOf(body, status);
    return {
      message: word.message ?? message,
      ...(word.code === undefined ? {} : { code: word.code }),
      ...(status === undefined ? {} : { status }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    };
  };
