import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authority } from '../../src/services/http/authority.ts';
import { SecureHttpServer } from '../../src/services/http/secure-server.ts';
import { NtpServer } from '../../src/services/ntp/server.ts';
import { TftpServer } from '../../src/services/tftp/server.ts';
import { runClient } from './services-client.ts';
import { guestContext, started } from './services-context.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kola-clients-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('curl', () => {
  it('trusts our authority', async () => {
    const authority = await Authority.create(Date.now());
    await using server = await started(await SecureHttpServer.create(guestContext, authority));
    server.serve('/x', 'hello');
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, server.authority);
    const url = `${server.localUrl}/x`;
    expect(await runClient('curl', ['-sS', '--cacert', ca, url])).toMatchObject({ code: 0, stdout: 'hello' });
    // 60: the certificate cannot be verified.
    expect((await runClient('curl', ['-sS', url])).code).toBe(60);
  });

  it.each([[['--tftp-no-options']], [['--tftp-blksize', '1400']]])(
    'reads a file by TFTP with %j',
    async options => {
      await using server = await started(new TftpServer(guestContext));
      const content = Buffer.alloc(200_000, 'tftp content ');
      server.serve('file', content);
      const out = join(folder, 'tftp.out');
      const { stderr } = await runClient('curl', ['-sS', ...options, '-o', out, `${server.localUrl}/file`]);
      expect(stderr).toBe('');
      expect((await readFile(out)).equals(content)).toBe(true);
      // 68: file not found.
      expect((await runClient('curl', ['-sS', `${server.localUrl}/none`])).code).toBe(68);
    },
  );
});

describe('chronyd', () => {
  it('measures the offset of our NTP server', async () => {
    await using server = await started(new NtpServer(guestContext, { offset: 7_200_000 }));
    const source = `server 127.0.0.1 port ${server.port} iburst maxsamples 1`;
    const args = ['-Q', '-t', '5', '-f', '/dev/null', source, 'cmdport 0', `pidfile ${join(folder, 'pid')}`];
    const { stderr, stdout } = await runClient('chronyd', args);
    expect(`${stdout}${stderr}`).toMatch(/System clock wrong by 7(?:200\.0|199\.9)\d+ seconds/);
  });
});
