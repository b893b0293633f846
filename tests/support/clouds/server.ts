import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request as a simulator sees it. */
export interface SimRequest {
  readonly method: string;
  /** Scheme and host as the client wrote them. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface SimAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface SimServer {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly port?: number;
  /** Makes it an https server. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** `undefined` = the connection is cut without an answer. */
export type SimHandler = (request: SimRequest) => Promise<SimAnswer | undefined>;

/** An HTTP server on 127.0.0.1. An exception in the handler is a bug of the simulator: status 500 with its text. */
export const serve = async (handler: SimHandler, options: ServeOptions = {}): Promise<SimServer> => {
  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    void answer(handler, incoming, response, options.tls === undefined ? 'http' : 'https');
  };
  const server = options.tls === undefined ? createHttp(listener) : createHttps(options.tls, listener);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  // A listening server has an address of this form, unless it listens on a Unix socket.
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

const answer = async (
  handler: SimHandler,
  incoming: IncomingMessage,
  response: ServerResponse,
  scheme: string,
): Promise<void> => {
  try {
    const result = await handler(await read(incoming, scheme));
    if (result === undefined) return void incoming.socket.destroy();
    const body = result.body === undefined ? Buffer.alloc(0) : Buffer.from(result.body);
    response.writeHead(result.status, { 'content-length': body.length, ...result.headers });
    response.end(incoming.method === 'HEAD' ? undefined : body);
  } catch (error) {
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
    response.end(`simulator: ${error instanceof Error ? error.stack : String(error)}`);
  }
};

const read = async (incoming: IncomingMessage, scheme: string): Promise<SimRequest> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
  );
  return {
    method: incoming.method ?? 'GET',
    url: new URL(incoming.url ?? '/', `${scheme}://${headers.host ?? '127.0.0.1'}`),
    headers,
    body: Buffer.concat(chunks),
  };
};
