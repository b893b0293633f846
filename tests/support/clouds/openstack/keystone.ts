import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { json, type Routes } from '../rest.ts';
import type { SimAnswer } from '../server.ts';
import { checked, project, type World } from './world.ts';

/** What a run needs in its environment. */
export const simulatedCredentials = {
  OS_USERNAME: 'ci',
  OS_PASSWORD: 'openstack-simulated-secret',
  OS_PROJECT_NAME: project.name,
  OS_USER_DOMAIN_NAME: 'Default',
  OS_PROJECT_DOMAIN_NAME: 'Default',
} as const;

/** With them a token is given, too. */
export const applicationCredential = { id: 'ac-1', secret: 'application-simulated-secret' } as const;

/** Tokens begin with it. */
export const tokenPrefix = 'gAAAAA-simulated-';

export const keystoneRefusal = (status: number, title: string, message: string): SimAnswer =>
  json(status, { error: { code: status, title, message } });

export const unauthorized = (): SimAnswer =>
  keystoneRefusal(401, 'Unauthorized', 'The request you have made requires authentication.');

const domain = z.union([z.strictObject({ id: z.string() }), z.strictObject({ name: z.string() })]);
const user = z.strictObject({ name: z.string(), domain, password: z.string() });
const tokenRequest = z.strictObject({
  auth: z.strictObject({
    identity: z.strictObject({
      methods: z.array(z.enum(['password', 'application_credential'])).length(1),
      password: z.strictObject({ user }).optional(),
      application_credential: z.strictObject({ id: z.string(), secret: z.string() }).optional(),
    }),
    scope: z
      .strictObject({
        project: z.union([z.strictObject({ id: z.string() }), z.strictObject({ name: z.string(), domain })]),
      })
      .optional(),
  }),
});
type TokenRequest = z.infer<typeof tokenRequest>;

const isKnown = ({ auth: { identity } }: TokenRequest): boolean => {
  const { password, application_credential: application } = identity;
  if (application !== undefined) return application.secret === applicationCredential.secret;
  return (
    password?.user.name === simulatedCredentials.OS_USERNAME &&
    password.user.password === simulatedCredentials.OS_PASSWORD
  );
};

const isScoped = ({ auth }: TokenRequest): boolean => {
  if (auth.identity.application_credential !== undefined) return true;
  const wanted = auth.scope?.project;
  if (wanted === undefined) return false;
  return 'id' in wanted ? wanted.id === project.id : wanted.name === project.name;
};

export const keystoneRoutes = (world: World): Routes => ({
  'POST /identity/v3/auth/tokens': ({ body, request }) =>
    checked(
      tokenRequest,
      body,
      message => keystoneRefusal(400, 'Bad Request', message),
      asked => {
        if (!isKnown(asked) || !isScoped(asked)) return unauthorized();
        const token = `${tokenPrefix}${randomUUID()}`;
        world.tokens.add(token);
        const answer = {
          token: {
            methods: asked.auth.identity.methods,
            user: { id: 'u1', name: simulatedCredentials.OS_USERNAME, domain: { id: 'default' } },
            project: { ...project, domain: { id: 'default' } },
            expires_at: new Date(Date.now() + 3_600_000).toISOString(),
            catalog: catalogOf(world, request.url.origin),
          },
        };
        return json(201, answer, { 'x-subject-token': token });
      },
    ),
});

/** With and without versions and projects in the addresses, as they come. */
const catalogOf = (world: World, origin: string): readonly object[] => {
  const entry = (type: string, path: string): object => ({
    type,
    name: type,
    endpoints: ['public', 'internal'].map(side => ({
      interface: side,
      region: 'RegionOne',
      region_id: 'RegionOne',
      url: side === 'public' ? `${origin}${path}` : `http://10.0.0.1${path}`,
    })),
  });
  return [
    entry('identity', '/identity'),
    entry('compute', '/compute/v2.1'),
    entry('network', '/networking'),
    entry('image', '/image/'),
    ...(world.settings.volumes ? [entry('volumev3', `/volume/v3/${project.id}`)] : []),
  ];
};
