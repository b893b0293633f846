import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { authRequest, findCredentials } from '../../../../platforms/openstack/credentials.ts';
import { optionsSchema } from '../../../../platforms/openstack/options.ts';

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'kola-openstack-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

const file = (content: unknown, secure?: unknown): string => {
  const place = folder();
  const path = join(place, 'clouds.yaml');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  if (secure !== undefined) writeFileSync(join(place, 'secure.yaml'), JSON.stringify(secure));
  return path;
};

const find = (options: object, env: Readonly<Record<string, string>> = {}) =>
  findCredentials(optionsSchema.parse(options), env);

// Files of whoever runs the tests are not theirs to read.
beforeEach(() => void vi.stubEnv('HOME', '/nonexistent'));
afterEach(() => void vi.unstubAllEnvs());

const variables = {
  OS_AUTH_URL: 'https://keystone.example/v3/',
  OS_USERNAME: 'me',
  OS_PASSWORD: 'secret-word',
  OS_PROJECT_NAME: 'ours',
};

const password = (name: string, domain: object): object => ({
  methods: ['password'],
  password: { user: { name, domain, password: 'secret-word' } },
});

describe('the variables OS_*', () => {
  it('name a user and a project, of the default domain unless another is named', () => {
    expect(find({}, { ...variables, OS_REGION_NAME: 'north' })).toMatchObject({
      authUrl: 'https://keystone.example/v3',
      region: 'north',
      interface: 'public',
      auth: {
        identity: password('me', { id: 'default' }),
        scope: { project: { name: 'ours', domain: { id: 'default' } } },
      },
    });
    const { auth } = find({ openstackDomain: 'staff' }, { ...variables, OS_USER_DOMAIN_ID: 'x1' });
    expect(auth).toMatchObject({ identity: password('me', { name: 'staff' }) });
  });

  it('may be those of an application credential, which has its project', () => {
    const env = {
      ...{ OS_AUTH_URL: 'https://k', OS_APPLICATION_CREDENTIAL_ID: 'a1' },
      OS_APPLICATION_CREDENTIAL_SECRET: 'secret-word',
    };
    expect(find({}, env).auth).toEqual({
      identity: {
        methods: ['application_credential'],
        application_credential: { id: 'a1', secret: 'secret-word' },
      },
    });
  });

  it('give way to a cloud that is named', () => {
    const clouds = { clouds: { ci: { auth: { ...authOf('file'), auth_url: 'https://file' } } } };
    const env = { ...variables, OS_CLIENT_CONFIG_FILE: file(clouds) };
    expect(find({}, env).authUrl).toBe('https://keystone.example/v3');
    expect(find({}, { ...env, OS_CLOUD: 'ci' }).authUrl).toBe('https://file/v3');
    expect(find({ openstackProfile: 'ci' }, env).authUrl).toBe('https://file/v3');
  });
});

const authOf = (username: string): object => ({
  ...{ auth_url: 'https://k/v3', username, password: 'secret-word', project_name: 'ours' },
});

describe('files', () => {
  it('are clouds.yaml, with the passwords of the secure.yaml beside it', () => {
    const path = file(
      'clouds:\n  ci:\n    auth: {auth_url: "https://k/v3", username: me, project_id: p1}\n    interface: internalURL\n',
      { clouds: { ci: { auth: { password: 'secret-word' } } } },
    );
    expect(find({ openstackConfigFile: path })).toMatchObject({
      interface: 'internal',
      auth: { identity: password('me', { id: 'default' }), scope: { project: { id: 'p1' } } },
    });
  });

  it('are those of Go kola, too', () => {
    const profile = {
      ...{ auth_url: 'https://k/v2.0', username: 'me', password: 'secret-word', user_domain: 'staff' },
      ...{ tenant_name: 'ours', region_name: 'north', floating_ip_pool: 'outside' },
    };
    const path = file({ default: profile, other: {} });
    expect(find({ openstackConfigFile: path })).toMatchObject({
      authUrl: 'https://k/v3',
      region: 'north',
      floatingIpPool: 'outside',
      auth: {
        identity: password('me', { name: 'staff' }),
        scope: { project: { name: 'ours', domain: { name: 'staff' } } },
      },
    });
  });

  it('with one cloud need no name, with several they do', () => {
    const one = { ci: { auth: authOf('one') } };
    expect(find({ openstackConfigFile: file({ clouds: one }) }).authUrl).toBe('https://k/v3');
    const path = file({ clouds: { ...one, qa: { auth: authOf('two') } } });
    expect(() => find({ openstackConfigFile: path })).toThrow(/has no cloud default, but ci, qa$/);
    expect(() => find({ openstackConfigFile: path, openstackProfile: 'x' })).toThrow(/has no cloud x, but/);
  });

  it('that are broken are named and not shown', () => {
    const broken = file('clouds:\n  ci: {auth: {password: secret-word\n');
    const wrong = file({ clouds: { ci: 'secret-word' } });
    for (const path of [broken, wrong]) {
      expect(() => find({ openstackConfigFile: path })).toThrow(/^expected /);
      expect(() => find({ openstackConfigFile: path })).not.toThrow(/secret-word/);
    }
    expect(() => find({ openstackConfigFile: '/nonexistent/clouds.yaml' })).toThrow(
      'there is no file /nonexistent/clouds.yaml',
    );
  });

  it('that want certificates unchecked are refused, and authorities are left to Node', () => {
    const cloud = (more: object): string => file({ clouds: { ci: { auth: authOf('me'), ...more } } });
    expect(() => find({ openstackConfigFile: cloud({ verify: false }) })).toThrow(/kola always verifies/);
    vi.stubEnv('NODE_EXTRA_CA_CERTS', '');
    const path = cloud({ cacert: '/etc/ours.pem' });
    expect(() => find({ openstackConfigFile: path })).toThrow('an authority of its own: /etc/ours.pem');
    vi.stubEnv('NODE_EXTRA_CA_CERTS', '/etc/ours.pem');
    expect(find({ openstackConfigFile: path }).authUrl).toBe('https://k/v3');
  });
});

it('what is missing is named, with what to set', () => {
  const code = (env: Readonly<Record<string, string>>): unknown => {
    try {
      return find({}, env);
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : error;
    }
  };
  expect(code({ ...variables, OS_PASSWORD: '' })).toBe('cloud-credentials');
  expect(code({ ...variables, OS_USERNAME: '' })).toBe('cloud-credentials');
  expect(code({ ...variables, OS_AUTH_URL: '' })).toBe('cloud-credentials');
  expect(code({ ...variables, OS_PROJECT_NAME: '' })).toBe('openstack-project');
  expect(code({ OS_CLOUD: 'ci' })).toBe('openstack-config');
});

it('a token is passed on with the project', () => {
  expect(authRequest({ token: 't', project_id: 'p' })).toEqual({
    identity: { methods: ['token'], token: { id: 't' } },
    scope: { project: { id: 'p' } },
  });
});
