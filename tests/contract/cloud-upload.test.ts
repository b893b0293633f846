import { once } from 'node:events';
import { mkdtempSync, openAsBlob, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { JsonApi } from '../../src/cloud/http.ts';

const mib = 2 ** 20;

it('a file is sent with its length, and without holding it in memory', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-upload-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'disk');
  writeFileSync(file, '');
  truncateSync(file, 160 * mib);
  let most = 0;
  let received = 0;
  let length: string | undefined;
  const server = createServer((request, response) => {
    length = request.headers['content-length'];
    request.on('data', (chunk: Buffer) => {
      const blocks = Math.floor(received / (16 * mib));
      received += chunk.length;
      // Asking takes longer than sending.
      if (Math.floor(received / (16 * mib)) > blocks)
        most = Math.max(most, process.memoryUsage().arrayBuffers);
    });
    request.on('end', () => response.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const api = new JsonApi(`http://127.0.0.1:${port}`, {});
  const before = process.memoryUsage().arrayBuffers;
  const body = await openAsBlob(file);
  await api.send(z.unknown(), 'PUT', '/disk', new AbortController().signal, { body });
  expect({ received, length }).toEqual({ received: 160 * mib, length: String(160 * mib) });
  expect((most - before) / mib).toBeLessThan(112);
});
