import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { join, normalize, sep } from 'node:path';

/** Serves a folder over HTTP on the loopback, with ranges. */
export const serveFolder = async (folder: string, port: number): Promise<Server> => {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = normalize(join(folder, path));
    if (file.startsWith(folder + sep)) void send(file, request.headers.range, response);
    else response.writeHead(404).end();
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', resolve);
  await promise;
  return server;
};

const send = async (file: string, range: string | undefined, response: ServerResponse): Promise<void> => {
  const facts = await stat(file).catch(() => undefined);
  if (facts?.isFile() !== true) {
    response.writeHead(404).end();
    return;
  }
  const asked = /^bytes=(\d+)-(\d+)$/.exec(range ?? '');
  const start = Number(asked?.[1] ?? 0);
  const end = Math.min(Number(asked?.[2] ?? facts.size - 1), facts.size - 1);
  response.writeHead(asked === null ? 200 : 206, {
    etag: `"${facts.size}-${facts.mtimeMs}"`,
    'content-length': end - start + 1,
    ...(asked === null ? {} : { 'content-range': `bytes ${start}-${end}/${facts.size}` }),
  });
  createReadStream(file, { start, end, highWaterMark: 1 << 20 })
    .on('error', () => response.destroy())
    .pipe(response);
};
