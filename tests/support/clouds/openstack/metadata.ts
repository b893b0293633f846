import { makeIso } from '../../../../platforms/qemu/iso9660.ts';
import type { SimAnswer, SimHandler } from '../server.ts';
import { project, type Server, type World } from './world.ts';

const text = (body: string | Uint8Array): SimAnswer => ({ status: 200, body });

/** Files of the config drive, and the same of the metadata service under `/`. */
const filesOf = (world: World, { id, body }: Server): ReadonlyMap<string, Buffer> => {
  const key = world.find('keypair', body.key_name)?.body;
  const document = {
    uuid: id,
    name: body.name,
    hostname: body.name,
    launch_index: 0,
    availability_zone: 'nova',
    project_id: project.id,
    meta: body.metadata,
    ...(key === undefined
      ? {}
      : {
          public_keys: { [String(key.name)]: key.public_key },
          keys: [{ name: key.name, type: 'ssh', data: key.public_key }],
        }),
  };
  const userData = body.user_data;
  return new Map([
    ['openstack/latest/meta_data.json', Buffer.from(JSON.stringify(document))],
    ['openstack/latest/vendor_data.json', Buffer.from('{}')],
    ...(userData === undefined
      ? []
      : [['openstack/latest/user_data', Buffer.from(String(userData), 'base64')] as const]),
  ]);
};

export const configDriveOf = (world: World, server: Server): Uint8Array =>
  makeIso(
    'config-2',
    [...filesOf(world, server)].map(([path, content]) => ({ path, content })),
  );

/** OpenStack's own paths, and the values that it has in the form of EC2. */
export const metadataService =
  (world: World, server: Server): SimHandler =>
  async ({ url }) => {
    const path = url.pathname.replace(/^\/|\/$/g, '');
    const { guest, body } = server;
    const key = world.find('keypair', body.key_name)?.body.public_key;
    const plain: Readonly<Record<string, string | undefined>> = {
      openstack: 'latest',
      'openstack/latest': 'meta_data.json\nuser_data\nvendor_data.json',
      'latest/user-data':
        body.user_data === undefined ? undefined : Buffer.from(String(body.user_data), 'base64').toString(),
      'latest/meta-data/instance-id': server.id,
      'latest/meta-data/hostname': String(body.name),
      'latest/meta-data/local-ipv4': guest?.privateAddress,
      'latest/meta-data/public-ipv4': guest?.publicAddress,
      'latest/meta-data/public-keys/0/openssh-key': key === undefined ? undefined : String(key),
    };
    const value = filesOf(world, server).get(path) ?? plain[path];
    return value === undefined ? { status: 404, body: 'not found' } : text(value);
  };
