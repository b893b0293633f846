import { z } from 'zod';
import { UsageError } from '../../src/core/errors.ts';

/** The services that kola uses, each with the types under which catalogs have it and the version that it speaks. */
export const services = {
  compute: { types: ['compute'], version: 'v2.1', api: 'nova' },
  network: { types: ['network'], version: 'v2.0', api: 'neutron' },
  image: { types: ['image'], version: 'v2', api: 'glance' },
  volume: { types: ['volumev3', 'block-storage'], version: 'v3', api: 'cinder' },
} as const;
export type Service = keyof typeof services;

export const tokenSchema = z.object({
  token: z.object({
    user: z.object({ name: z.string() }),
    project: z.object({ id: z.string(), name: z.string() }).optional(),
    catalog: z
      .array(
        z.object({
          type: z.string(),
          endpoints: z.array(
            z.object({
              interface: z.string(),
              url: z.string(),
              region: z.string().nullish(),
              region_id: z.string().nullish(),
            }),
          ),
        }),
      )
      .default([]),
  }),
});
type Catalog = z.infer<typeof tokenSchema>['token']['catalog'];

export interface Place {
  readonly region: string | undefined;
  readonly interface: string;
  readonly project: string;
}

/**
 * The address of a service, without a slash at its end; undefined when the cloud does not have it. Throws when a region
 * has to be chosen.
 */
export const endpointOf = (catalog: Catalog, service: Service, place: Place): string | undefined => {
  const { types, version } = services[service];
  const regionOf = (one: Catalog[number]['endpoints'][number]): string => one.region_id ?? one.region ?? '';
  for (const type of types) {
    const all = catalog
      .filter(one => one.type === type)
      .flatMap(({ endpoints }) => endpoints)
      .filter(one => one.interface === place.interface);
    if (all.length === 0) continue;
    const fitting = all.filter(one => place.region === undefined || regionOf(one) === place.region);
    const regions = [...new Set((fitting.length === 0 ? all : fitting).map(regionOf))];
    if (fitting.length === 0 || regions.length > 1)
      throw new UsageError(
        'openstack-region',
        place.region === undefined
          ? `expected one region, found ${regions.join(', ')}`
          : `the cloud has no region ${place.region}, but ${regions.join(', ')}`,
        { hint: 'choose one with --openstack-region or OS_REGION_NAME' },
      );
    return addressOf(fitting[0]?.url ?? '', version, service === 'volume' ? place.project : undefined);
  }
  return undefined;
};

/** Catalogs have addresses with and without the version, and that of volumes with and without the project. */
const addressOf = (url: string, version: string, project: string | undefined): string => {
  const plain = url.replace(/\/+$/, '');
  const full = /\/v\d+(\.\d+)?(\/|$)/.test(plain) ? plain : `${plain}/${version}`;
  return project === undefined || full.endsWith(`/${project}`) ? full : `${full}/${project}`;
};
