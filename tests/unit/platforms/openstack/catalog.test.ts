import { describe, expect, it } from 'vitest';
import { endpointOf, type Service } from '../../../../platforms/openstack/catalog.ts';

const entry = (type: string, urls: Readonly<Record<string, string>>) => ({
  type,
  endpoints: Object.entries(urls).flatMap(([region, url]) => [
    { interface: 'public', region_id: region, url },
    { interface: 'internal', region_id: region, url: `http://inside/${type}` },
  ]),
});

const place = { region: undefined, interface: 'public', project: 'p1' };

describe('the address of a service', () => {
  it.each<[Service, string, string, string]>([
    ['compute', 'compute', 'http://h/compute/v2.1', 'http://h/compute/v2.1'],
    ['compute', 'compute', 'http://h:8774/v2.1/p1/', 'http://h:8774/v2.1/p1'],
    ['network', 'network', 'http://h:9696/', 'http://h:9696/v2.0'],
    ['network', 'network', 'http://h/networking/v2.0', 'http://h/networking/v2.0'],
    ['image', 'image', 'http://h/image', 'http://h/image/v2'],
    ['volume', 'volumev3', 'http://h/volume/v3/p1', 'http://h/volume/v3/p1'],
    ['volume', 'block-storage', 'http://h/volume/v3', 'http://h/volume/v3/p1'],
  ])('%s from %s at %s is %s', (service, type, url, expected) => {
    expect(endpointOf([entry(type, { r1: url })], service, place)).toBe(expected);
  });

  it('is that of the region and the side that were chosen', () => {
    const catalog = [entry('image', { north: 'http://n', south: 'http://s' })];
    expect(endpointOf(catalog, 'image', { ...place, region: 'south' })).toBe('http://s/v2');
    expect(endpointOf(catalog, 'image', { ...place, region: 'south', interface: 'internal' })).toBe(
      'http://inside/image/v2',
    );
    expect(() => endpointOf(catalog, 'image', place)).toThrow('expected one region, found north, south');
    expect(() => endpointOf(catalog, 'image', { ...place, region: 'west' })).toThrow(
      'the cloud has no region west, but north, south',
    );
  });

  it('is missing where the cloud does not have it', () => {
    expect(endpointOf([entry('image', { r1: 'http://h' })], 'volume', place)).toBeUndefined();
  });
});
