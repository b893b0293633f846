import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { withSelfDestruct } from '../../../src/cloud/self-destruct.ts';
import { fitUserData } from '../../../src/cloud/user-data.ts';
import type { UserDataKind } from '../../../src/core/image.ts';
import type { RenderedUserData } from '../../../src/core/user-data.ts';
import { simulatedImage } from '../../support/simulated-platform.ts';

const rendered = (text: string, channel: RenderedUserData['channel'] = 'ignition'): RenderedUserData => ({
  channel,
  form: 'ignition 3.3.0',
  text,
  redacted: '{}',
  ownDigest: 'sha256:',
});

const place = (userData: readonly UserDataKind[], limit = 1000) => ({
  platform: 'aws',
  limit,
  manifest: { ...simulatedImage.manifest, userData: [...userData] },
});

const config = (version: string, padding: string): string =>
  JSON.stringify({ ignition: { version }, storage: { files: [{ path: `/${padding}` }] } });
const noise = Array.from({ length: 3000 }, (_, index) => ((index * 7919) % 36).toString(36)).join('');

describe('fitUserData', () => {
  it('leaves alone what fits', async () => {
    expect(await fitUserData(rendered('{}'), place(['ignition-3.3']))).toBe('{}');
  });

  it('packs an Ignition 3 document into a stub that the image understands', async () => {
    const text = config('3.0.0', 'x'.repeat(5000));
    const stub = JSON.parse(await fitUserData(rendered(text), place(['ignition-3.0', 'ignition-3.2'])));
    expect(stub.ignition.version).toBe('3.2.0');
    const { source, compression } = stub.ignition.config.replace;
    expect(compression).toBe('gzip');
    expect(gunzipSync(Buffer.from(source.split(',')[1], 'base64')).toString()).toBe(text);
  });

  it('lets the machine fetch what is too large even then', async () => {
    const text = config('2.3.0', noise);
    const published: string[] = [];
    const stub = await fitUserData(rendered(text), {
      ...place(['ignition-2.3']),
      publish: async what => {
        published.push(what);
        return 'https://bucket/config';
      },
    });
    expect(JSON.parse(stub)).toEqual({
      ignition: { version: '2.3.0', config: { replace: { source: 'https://bucket/config' } } },
    });
    expect(published).toEqual([text]);
  });

  it.each([
    ['cloudinit' as const, '#cloud-config\n'.padEnd(2000, 'x')],
    ['ignition' as const, config('2.3.0', noise)],
  ])('refuses %s that does not fit, with numbers', async (channel, text) => {
    const fit = fitUserData(rendered(text, channel), place(['ignition-2.3']));
    await expect(fit).rejects.toThrow(
      `aws takes 1000 bytes of user-data, the ignition 3.3.0 has ${text.length}`,
    );
  });
});

describe('withSelfDestruct', () => {
  it('adds a timer beside the units that are there', () => {
    const text = JSON.stringify({
      ignition: { version: '3.3.0' },
      systemd: { units: [{ name: 'a.service' }] },
    });
    const { units } = JSON.parse(withSelfDestruct(rendered(text), 90).text).systemd;
    expect(units.map(({ name }: { name: string }) => name)).toEqual([
      'a.service',
      'kola-self-destruct.service',
      'kola-self-destruct.timer',
    ]);
    expect(units[2]).toMatchObject({ enabled: true, contents: expect.stringContaining('OnBootSec=90min') });
  });

  it.each([
    ['ignition' as const, '{"ignition":{"version":"3.3.0","config":{"replace":{"source":"data:,{}"}}}}'],
    ['ignition' as const, '{"ignitionVersion":1}'],
    ['ignition' as const, 'this is no JSON'],
    ['cloudinit' as const, '#!/bin/sh'],
    ['none' as const, ''],
  ])('leaves %s %s as it is', (channel, text) => {
    expect(withSelfDestruct(rendered(text, channel), 90).text).toBe(text);
  });
});
