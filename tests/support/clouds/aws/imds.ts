import type { SimAnswer, SimHandler } from '../server.ts';
import { account, type Instance, region, subnets } from './state.ts';

const text = (body: string): SimAnswer => ({ status: 200, headers: { 'content-type': 'text/plain' }, body });
const missing: SimAnswer = { status: 404, headers: { 'content-type': 'text/html' }, body: '404 - Not Found' };
const token = 'c2ltdWxhdG9y';

/** The instance metadata service, version 2: a token first, then the data. Every date of the API is the same here. */
export const metadataService =
  (instance: Instance, publicKey: () => string | undefined): SimHandler =>
  async request => {
    if (request.method === 'PUT' && request.url.pathname === '/latest/api/token') return text(token);
    if (request.headers['x-aws-ec2-metadata-token'] !== token)
      return { status: 401, body: 'a token is needed' };
    const path = request.url.pathname.replace(/^\/[^/]+\//, '').replace(/\/$/, '');
    const data = metadata(instance, publicKey())[path];
    return data === undefined ? missing : text(data);
  };

const metadata = (
  instance: Instance,
  key: string | undefined,
): Readonly<Record<string, string | undefined>> => ({
  'user-data':
    instance.userData === undefined ? undefined : Buffer.from(instance.userData, 'base64').toString('utf8'),
  'meta-data': 'ami-id\nhostname\ninstance-id\ninstance-type\nlocal-ipv4\npublic-ipv4',
  'meta-data/ami-id': instance.image,
  'meta-data/hostname': `ip-${instance.guest?.privateAddress.replaceAll('.', '-')}.ec2.internal`,
  'meta-data/instance-id': instance.id,
  'meta-data/instance-type': instance.type,
  'meta-data/local-ipv4': instance.guest?.privateAddress,
  'meta-data/public-ipv4': instance.guest?.publicAddress,
  'meta-data/public-keys': key === undefined ? undefined : `0=${instance.keyName}`,
  'meta-data/public-keys/0/openssh-key': key,
  'meta-data/placement/availability-zone': subnets.find(({ id }) => id === instance.subnet)?.zone,
  'dynamic/instance-identity/document': JSON.stringify({
    accountId: account,
    region,
    instanceId: instance.id,
    imageId: instance.image,
    instanceType: instance.type,
    privateIp: instance.guest?.privateAddress,
  }),
});
