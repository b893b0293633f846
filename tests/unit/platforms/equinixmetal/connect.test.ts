import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { endpointOf, refuseSunset } from '../../../../platforms/equinixmetal/connect.ts';
import { findCredentials } from '../../../../platforms/equinixmetal/credentials.ts';
import { hostAndPort, placesOf, serveAddress } from '../../../../platforms/equinixmetal/driver.ts';
import { codeOf } from '../../../../platforms/equinixmetal/faults.ts';
import { metalTags, tagsOf } from '../../../../platforms/equinixmetal/metal-tags.ts';
import { optionsSchema } from '../../../../platforms/equinixmetal/options.ts';

const parse = (options: object) => optionsSchema.parse(options);

describe('the endpoint', () => {
  it.each([
    [{}, {}, 'https://api.equinix.com/metal/v1'],
    [{ equinixmetalEndpoint: 'http://127.0.0.1:4570/' }, {}, 'http://127.0.0.1:4570/metal/v1'],
    [{ equinixmetalEndpoint: 'http://h/metal/v1' }, {}, 'http://h/metal/v1'],
    [{}, { EQUINIX_API_ENDPOINT: 'http://h' }, 'http://h/metal/v1'],
  ])('of %j and %j is %s', (options, env, expected) => {
    expect(endpointOf(parse(options), env)).toBe(expected);
  });

  it.each(['https://api.equinix.com/metal/v1', 'https://api.packet.net/metal/v1'])('refuses %s', url => {
    expect(() => refuseSunset(url)).toThrow(
      'Equinix Metal is not available: the provider shut the service down on 2026-06-30',
    );
  });

  it.each(['http://127.0.0.1:1/metal/v1', 'https://equinix.com.example.org/'])('lets %s be', url => {
    expect(refuseSunset(url)).toBeUndefined();
  });
});

describe('credentials', () => {
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'kola-metal-'));
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };
  const file = (text: string): string => {
    const path = join(folder(), 'equinixmetal.json');
    writeFileSync(path, text);
    return path;
  };

  it('come from the vendor’s variables, newest names first', () => {
    const env = { METAL_AUTH_TOKEN: 'new', PACKET_AUTH_TOKEN: 'old', METAL_PROJECT_ID: 'p' };
    expect(findCredentials(parse({}), env)).toEqual({ token: 'new', project: 'p' });
    const old = { PACKET_AUTH_TOKEN: 'old', PACKET_PROJECT_ID: 'q' };
    expect(findCredentials(parse({}), old)).toEqual({ token: 'old', project: 'q' });
  });

  it('come from Go kola’s file, by profile', () => {
    const path = file('{"default":{"api_key":"a","project":"b"},"ci":{"api_key":"c","project":"d"}}');
    const options = { equinixmetalConfigFile: path };
    expect(findCredentials(parse(options), {})).toEqual({ token: 'a', project: 'b' });
    const profile = { ...options, equinixmetalProfile: 'ci' };
    expect(findCredentials(parse(profile), {})).toEqual({ token: 'c', project: 'd' });
  });

  it('that are missing are named', () => {
    const options = parse({ equinixmetalConfigFile: file('{}') });
    expect(() => findCredentials(options, {})).toThrow('no token for Equinix Metal was given');
    expect(() => findCredentials(options, { METAL_AUTH_TOKEN: 't' })).toThrow(
      'no Equinix Metal project was given',
    );
  });

  it('in a broken file are not shown', () => {
    const options = parse({ equinixmetalConfigFile: file('{"default":{"api_key":"secret-word"') });
    expect(() => findCredentials(options, {})).toThrow(/^expected profiles with api_key and project in /);
    expect(() => findCredentials(options, {})).not.toThrow(/secret-word/);
  });
});

describe('places', () => {
  it('are metros in the order that was said, then facilities', () => {
    const options = parse({ equinixmetalMetro: 'SV,da', equinixmetalFacility: 'am6' });
    expect(placesOf(options, 'amd64')).toEqual([{ metro: 'sv' }, { metro: 'da' }, { facility: ['am6'] }]);
  });

  it('default to the metro of the architecture, unless a facility was named', () => {
    expect(placesOf(parse({}), 'arm64')).toEqual([{ metro: 'dc' }]);
    expect(placesOf(parse({ equinixmetalFacility: 'am6' }), 'arm64')).toEqual([{ facility: ['am6'] }]);
  });
});

it('devices reach this host at what was said, and on this host at 127.0.0.1', () => {
  expect(serveAddress(parse({ equinixmetalServe: 'runner.example:8000' }), 'https://h/metal/v1')).toEqual({
    host: 'runner.example',
    port: 8000,
  });
  expect(serveAddress(parse({}), 'http://127.0.0.1:4570/metal/v1')).toEqual({ host: '127.0.0.1', port: 0 });
  expect(() => serveAddress(parse({}), 'https://metal.example/metal/v1')).toThrow(/nobody said how/);
  expect(hostAndPort('sos.{metro}.example', 22)).toEqual({ host: 'sos.{metro}.example', port: 22 });
});

it('tags go there and back', () => {
  const tags = { 'managed-by': 'kola', 'kola-name': 'a=b' };
  expect(tagsOf(metalTags(tags))).toEqual(tags);
  expect(tagsOf(['plain'])).toEqual({ plain: '' });
});

it.each([
  ['The facility sv15 has no provisionable c3.small.x86 servers matching your criteria.', 'NoCapacity'],
  ['You have reached the maximum number of devices', 'QuotaExceeded'],
  ['Cannot delete a device while it is provisioning', 'DeviceBusy'],
  ['hostname is invalid', undefined],
])('"%s" means %s', (message, code) => {
  expect(codeOf(message)).toBe(code);
});
