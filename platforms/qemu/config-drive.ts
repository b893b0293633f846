import { makeIso } from './iso9660.ts';

/** The label by which guests look for an OpenStack config drive. */
const label = 'config-2';

/**
 * The disk that carries user-data which is not Ignition, as OpenStack lays it out. A real ISO volume works with
 * every kernel that knows clouds; sharing a folder over 9p does not.
 */
export const configDrive = (userData: string, instance: string, publicKey: string | undefined): Buffer => {
  const keys = publicKey === undefined ? {} : { public_keys: { kola: publicKey } };
  return makeIso(label, [
    { path: 'openstack/latest/user_data', content: Buffer.from(userData) },
    {
      path: 'openstack/latest/meta_data.json',
      content: Buffer.from(JSON.stringify({ uuid: instance, ...keys })),
    },
  ]);
};
