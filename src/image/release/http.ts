import type { Clock } from '../../core/clock.ts';
import { KolaError, NetworkError, UsageError } from '../../core/errors.ts';
import type { ReleaseServer } from './servers.ts';

/** Something to ask for, with what the server wants to see. Headers may hold secrets: they are never logged. */
export interface Source {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface AskOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Tries in all; default 4. */
  readonly tries?: number;
  /** Milliseconds without a byte after which a try is given up; default 30 s. */
  readonly stall?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The request headers that a server's `auth` comes to. A variable that is not set is a UsageError that names it. */
export const headersFor = (server: ReleaseServer, env: Environment): Readonly<Record<string, string>> => {
  const { auth } = server;
  if (auth === undefined) return {};
  const read = (name: string): string => {
    const value = env[name];
    if (value !== undefined && value !== '') return value;
    throw new UsageError(
      'server-credentials',
      `release server ${server.name} needs ${name} in the environment`,
    );
  };
  if ('tokenFrom' in auth) return { authorization: `Bearer ${read(auth.tokenFrom)}` };
  const pair = `${read(auth.userFrom)}:${read(auth.passwordFrom)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
};

const defaultTries = 4;
const defaultStall = 30_000;
const firstPause = 500;
const longestPause = 30_000;

export interface Question<T> {
  /** Further headers, made anew for every try. */
  readonly headers?: () => Readonly<Record<string, string>>;
  /** Called with each answer that is not worth another try; `alive` is to be called whenever something came. */
  readonly read: (response: Response, alive: () => void) => Promise<T>;
  /** Grows with what has come: a try that brought something does not count as failed. */
  readonly mark?: () => number;
}

/** One request, tried again after what may pass: broken connections, 408, 429 and 5xx. */
export const ask = async <T>(source: Source, question: Question<T>, options: AskOptions): Promise<T> => {
  const tries = options.tries ?? defaultTries;
  for (let number = 1; ; number++) {
    options.signal?.throwIfAborted();
    const before = question.mark?.() ?? 0;
    const failure = await once(source, question, options);
    if ((question.mark?.() ?? 0) > before) number = 0;
    if ('value' in failure) return failure.value;
    options.signal?.throwIfAborted();
    if (failure.final || number >= tries) throw failure.error;
    await options.clock.sleep(failure.after ?? pauseBefore(number), options.signal);
  }
};

const pauseBefore = (number: number): number => Math.min(longestPause, firstPause * 2 ** number);

type Answer<T> =
  | { readonly value: T }
  | { readonly error: unknown; readonly final: boolean; readonly after?: number };

const once = async <T>(source: Source, question: Question<T>, options: AskOptions): Promise<Answer<T>> => {
  const stalled = new AbortController();
  const limit = options.stall ?? defaultStall;
  const giveUp = setTimeout(
    () =>
      stalled.abort(
        new NetworkError('download-stalled', `${source.url}: nothing came for ${Math.round(limit / 1000)} s`),
      ),
    limit,
  );
  giveUp.unref();
  const signals = options.signal === undefined ? [stalled.signal] : [options.signal, stalled.signal];
  try {
    const response = await fetch(source.url, {
      headers: { 'accept-encoding': 'identity', ...source.headers, ...question.headers?.() },
      signal: AbortSignal.any(signals),
    });
    const refusal = refusalOf(response, source.url);
    if (refusal !== undefined) {
      await response.body?.cancel();
      return refusal;
    }
    return { value: await question.read(response, () => giveUp.refresh()) };
  } catch (error) {
    if (error instanceof KolaError && !(error instanceof NetworkError)) return { error, final: true };
    return { error: explain(error, source.url), final: false };
  } finally {
    clearTimeout(giveUp);
  }
};

const refusalOf = (response: Response, url: string): Answer<never> | undefined => {
  const { status } = response;
  if (status === 401 || status === 403)
    return {
      final: true,
      error: new UsageError('release-denied', `${url}: the server refuses to give it out (${status})`, {
        hint: 'private servers name the variables with their credentials under auth: of --release-servers',
      }),
    };
  if (status !== 408 && status !== 429 && status < 500) return undefined;
  const after = Number(response.headers.get('retry-after'));
  return {
    final: false,
    error: new NetworkError('download-failed', `${url}: the server answers ${status}`),
    ...(Number.isFinite(after) && after > 0 ? { after: Math.min(after * 1000, longestPause) } : {}),
  };
};

const explain = (error: unknown, url: string): unknown => {
  if (error instanceof KolaError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const message = cause instanceof Error ? cause.message : String(cause);
  return new NetworkError('download-failed', `${url}: ${message || code}`, { cause: error });
};

/** The body as bytes, at most `limit`; undefined when there is no such thing (404, 410). */
export const getBytes = (
  source: Source,
  limit: number,
  options: AskOptions,
): Promise<Uint8Array | undefined> =>
  ask(source, { read: (response, alive) => readBody(response, alive, source, limit) }, options);

const readBody = async (
  response: Response,
  alive: () => void,
  source: Source,
  limit: number,
): Promise<Uint8Array | undefined> => {
  if (response.status === 404 || response.status === 410) {
    await response.body?.cancel();
    return undefined;
  }
  if (!response.ok)
    throw new UsageError('download-refused', `${source.url}: the server answers ${response.status}`);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    alive();
    size += chunk.length;
    if (size > limit)
      throw new UsageError('download-large', `${source.url}: expected at most ${limit} bytes, found more`);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
};

export const getText = async (
  source: Source,
  limit: number,
  options: AskOptions,
): Promise<string | undefined> => {
  const bytes = await getBytes(source, limit, options);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
};
