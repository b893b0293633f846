import type { SimAnswer, SimHandler } from '../server.ts';
import { type Droplet, region } from './state.ts';

const text = (body: string): SimAnswer => ({ status: 200, headers: { 'content-type': 'text/plain' }, body });

/** The metadata service of droplets, version 1: as a document, and each value at a path of its own. */
export const metadataService =
  (droplet: Droplet): SimHandler =>
  async ({ url }) => {
    const path = url.pathname.replace(/\/$/, '');
    const { guest } = droplet;
    const address = (ip: string | undefined): object[] =>
      ip === undefined ? [] : [{ ipv4: { ip_address: ip, netmask: '255.255.240.0', gateway: '' } }];
    const values: Readonly<Record<string, string | undefined>> = {
      id: String(droplet.id),
      hostname: droplet.name,
      region,
      'public-keys': droplet.keys.join('\n'),
      'user-data': droplet.userData,
      'interfaces/public/0/ipv4/address': guest?.publicAddress,
      'interfaces/private/0/ipv4/address': guest?.privateAddress,
    };
    if (path === '/metadata/v1.json')
      return text(
        JSON.stringify({
          droplet_id: droplet.id,
          hostname: droplet.name,
          region,
          public_keys: droplet.keys,
          ...(droplet.userData === undefined ? {} : { user_data: droplet.userData }),
          interfaces: { public: address(guest?.publicAddress), private: address(guest?.privateAddress) },
        }),
      );
    const value = values[path.replace('/metadata/v1/', '')];
    return value === undefined ? { status: 404, body: 'not found' } : text(value);
  };
