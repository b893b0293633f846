import type { SimAnswer, SimHandler } from '../server.ts';
import { type Instance, project } from './state.ts';

const text = (body: string): SimAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/text', 'metadata-flavor': 'Google' },
  body,
});

/** The metadata server: answers those only who say that they mean it. */
export const metadataService =
  (instance: Instance): SimHandler =>
  async request => {
    if (request.headers['metadata-flavor'] !== 'Google')
      return { status: 403, body: 'Missing Metadata-Flavor:Google header.' };
    const path = request.url.pathname.replace(/^\/computeMetadata\/v1\/?/, '').replace(/\/$/, '');
    const found = metadata(instance)[path];
    return found === undefined ? { status: 404, body: '404 Not Found' } : text(found);
  };

const metadata = ({ request, zone, guest }: Instance): Readonly<Record<string, string | undefined>> => {
  const items = request.metadata?.items ?? [];
  return {
    '': 'instance/\nproject/',
    'project/project-id': project,
    'project/attributes': '',
    'instance/name': request.name,
    'instance/hostname': `${request.name}.${zone}.c.${project}.internal`,
    'instance/zone': `projects/1234567890/zones/${zone}`,
    'instance/machine-type': `projects/1234567890/machineTypes/${request.machineType.split('/').at(-1)}`,
    'instance/network-interfaces/0/ip': guest?.privateAddress,
    'instance/network-interfaces/0/access-configs/0/external-ip': guest?.publicAddress,
    'instance/attributes': items.map(({ key }) => key).join('\n'),
    ...Object.fromEntries(items.map(({ key, value }) => [`instance/attributes/${key}`, value])),
  };
};
