import type { SimAnswer, SimHandler } from '../server.ts';
import { location, type Resource } from './state.ts';

const text = (body: string, type = 'text/plain'): SimAnswer => ({
  status: 200,
  headers: { 'content-type': type },
  body,
});

/**
 * The instance metadata service: answers those only who say that they mean it. User data is in base64 there; custom data
 * is on the provisioning disc alone.
 */
export const metadataService =
  (resource: Resource): SimHandler =>
  async request => {
    if (request.headers.metadata !== 'true')
      return { status: 400, body: 'Required metadata header not specified' };
    const path = request.url.pathname.replace(/^\/metadata\//, '').replace(/\/$/, '');
    const { userData } = resource.body.properties ?? {};
    if (path === 'instance/compute/userData') return text(userData ?? '');
    if (path !== 'instance') return { status: 404, body: 'Not found' };
    const compute = {
      name: resource.name,
      location,
      resourceGroupName: resource.group,
      userData: userData ?? '',
    };
    return text(JSON.stringify({ compute }), 'application/json');
  };
