import { existsSync } from 'node:fs';
import { UsageError } from '../../src/core/errors.ts';
import {
  type AuthFacts,
  type CloudEntry,
  findCloudsFile,
  goKolaFile,
  readCloudsFile,
} from './clouds-file.ts';
import type { OpenStackOptions } from './options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Credentials {
  /** Keystone, with its version: `https://keystone.example/v3`. */
  readonly authUrl: string;
  /** The `auth` of a request for a token. A secret. */
  readonly auth: object;
  readonly region: string | undefined;
  /** Which of a service's addresses is meant: `public`, `internal`, `admin`. */
  readonly interface: string;
  readonly floatingIpPool: string | undefined;
}

export const credentialsHint =
  'name a cloud of clouds.yaml with OS_CLOUD or --openstack-profile, or set OS_AUTH_URL, OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME';

/** From the cloud or file that was named, else from the variables OS_*, else from the only cloud that there is. */
export const findCredentials = (options: OpenStackOptions, env: Environment = process.env): Credentials => {
  const entry = findEntry(options, env);
  const { auth } = entry;
  trusted(entry);
  const url = options.openstackEndpoint ?? auth.auth_url;
  if (url === undefined)
    throw new UsageError('cloud-credentials', 'nobody said where Keystone is', {
      hint: 'give auth_url in clouds.yaml, OS_AUTH_URL, or --openstack-endpoint',
    });
  const domain = options.openstackDomain;
  return {
    authUrl: versioned(url),
    auth: authRequest(
      domain === undefined ? auth : { ...auth, user_domain_name: domain, user_domain_id: undefined },
    ),
    region: options.openstackRegion ?? entry.region_name,
    interface: (entry.interface ?? 'public').replace(/URL$/, ''),
    floatingIpPool: options.openstackFloatingIpPool ?? entry.floating_ip_pool,
  };
};

const findEntry = (options: OpenStackOptions, env: Environment): CloudEntry => {
  const profile = options.openstackProfile ?? set(env.OS_CLOUD);
  const named = options.openstackConfigFile;
  if (named !== undefined) return pick(named, profile);
  const file = findCloudsFile(env);
  if (profile !== undefined) {
    const where = file ?? goKolaFile();
    if (existsSync(where)) return pick(where, profile);
    throw new UsageError('openstack-config', `there is no clouds.yaml to find the cloud ${profile} in`, {
      hint: 'it is looked for in OS_CLIENT_CONFIG_FILE, here, in ~/.config/openstack and in /etc/openstack',
    });
  }
  const own = fromEnvironment(env);
  if (isSomebody(own.auth)) return own;
  const there = [file, goKolaFile()].find(one => one !== undefined && existsSync(one));
  if (there !== undefined) return pick(there, undefined);
  throw new UsageError('cloud-credentials', 'no credentials for OpenStack were given', {
    hint: credentialsHint,
  });
};

const set = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

/** The cloud of this name; without one the only cloud, or `default`. */
const pick = (file: string, profile: string | undefined): CloudEntry => {
  const clouds = readCloudsFile(file);
  const names = Object.keys(clouds);
  const name = profile ?? (names.length === 1 ? names[0] : 'default') ?? 'default';
  const entry = clouds[name];
  if (entry !== undefined) return entry;
  throw new UsageError(
    'openstack-profile',
    `${file} has no cloud ${name}, but ${names.join(', ') || 'none'}`,
    {
      hint: 'name one with --openstack-profile or OS_CLOUD',
    },
  );
};

const fromEnvironment = (env: Environment): CloudEntry => ({
  auth: {
    auth_url: set(env.OS_AUTH_URL),
    username: set(env.OS_USERNAME),
    user_id: set(env.OS_USER_ID),
    password: set(env.OS_PASSWORD),
    token: set(env.OS_TOKEN),
    user_domain_name: set(env.OS_USER_DOMAIN_NAME),
    user_domain_id: set(env.OS_USER_DOMAIN_ID),
    project_name: set(env.OS_PROJECT_NAME) ?? set(env.OS_TENANT_NAME),
    project_id: set(env.OS_PROJECT_ID) ?? set(env.OS_TENANT_ID),
    project_domain_name: set(env.OS_PROJECT_DOMAIN_NAME),
    project_domain_id: set(env.OS_PROJECT_DOMAIN_ID),
    application_credential_id: set(env.OS_APPLICATION_CREDENTIAL_ID),
    application_credential_name: set(env.OS_APPLICATION_CREDENTIAL_NAME),
    application_credential_secret: set(env.OS_APPLICATION_CREDENTIAL_SECRET),
  },
  region_name: set(env.OS_REGION_NAME),
  interface: set(env.OS_INTERFACE) ?? set(env.OS_ENDPOINT_TYPE),
  cacert: set(env.OS_CACERT),
});

const isSomebody = (auth: AuthFacts): boolean =>
  auth.application_credential_secret !== undefined || auth.password !== undefined || auth.token !== undefined;

/** Certificates are checked by Node, which reads its authorities when it starts. */
const trusted = ({ cacert, verify }: CloudEntry): void => {
  if (verify === false)
    throw new UsageError(
      'openstack-verify',
      'the cloud is described with verify: false, and kola always verifies',
      {
        hint: 'name its authority in NODE_EXTRA_CA_CERTS instead',
      },
    );
  if (cacert !== undefined && set(process.env.NODE_EXTRA_CA_CERTS) === undefined)
    throw new UsageError('openstack-cacert', `the cloud has an authority of its own: ${cacert}`, {
      hint: `start kola with NODE_EXTRA_CA_CERTS=${cacert}`,
    });
};

const versioned = (url: string): string => {
  const plain = url.replace(/\/+$/, '');
  if (/\/v2(\.0)?$/.test(plain)) return plain.replace(/v2(\.0)?$/, 'v3');
  return plain.endsWith('/v3') ? plain : `${plain}/v3`;
};

type Domain = { readonly domain: { readonly id: string } | { readonly name: string } };

const domainOf = (id: string | undefined, name: string | undefined): Domain => {
  if (id !== undefined) return { domain: { id } };
  return { domain: name === undefined ? { id: 'default' } : { name } };
};

/** The body of Keystone's `POST /v3/auth/tokens`, by what is known: application credential, password, token. */
export const authRequest = (auth: AuthFacts): object => {
  const { application_credential_secret: secret, password, token, username, user_id } = auth;
  const userDomain = domainOf(auth.user_domain_id, auth.user_domain_name);
  const user = user_id === undefined ? { name: username, ...userDomain } : { id: user_id };
  if (secret !== undefined) {
    const { application_credential_id: id, application_credential_name: name } = auth;
    const which = id === undefined ? { name, user } : { id };
    // It belongs to a project already.
    return {
      identity: { methods: ['application_credential'], application_credential: { ...which, secret } },
    };
  }
  const scope = scopeOf(auth);
  if (password !== undefined && (username ?? user_id) !== undefined)
    return { identity: { methods: ['password'], password: { user: { ...user, password } } }, scope };
  if (token !== undefined) return { identity: { methods: ['token'], token: { id: token } }, scope };
  throw new UsageError('cloud-credentials', 'expected a user with a password, found only a part of it', {
    hint: credentialsHint,
  });
};

const scopeOf = (auth: AuthFacts): object => {
  const { project_id: id, project_name: name } = auth;
  if (id !== undefined) return { project: { id } };
  if (name === undefined)
    throw new UsageError('openstack-project', 'nobody said which project is meant', {
      hint: 'set OS_PROJECT_NAME, or project_name in clouds.yaml',
    });
  const domain = domainOf(
    auth.project_domain_id ?? (auth.project_domain_name === undefined ? auth.user_domain_id : undefined),
    auth.project_domain_name ?? auth.user_domain_name,
  );
  return { project: { name, ...domain } };
};
