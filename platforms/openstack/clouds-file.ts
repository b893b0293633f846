import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../../src/core/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const text = z.string().optional();

/** What says who we are: the keys of `auth` in clouds.yaml. */
const authSchema = z.looseObject({
  auth_url: text,
  username: text,
  user_id: text,
  password: text,
  token: text,
  user_domain_name: text,
  user_domain_id: text,
  project_name: text,
  project_id: text,
  project_domain_name: text,
  project_domain_id: text,
  application_credential_id: text,
  application_credential_name: text,
  application_credential_secret: text,
});
export type AuthFacts = z.infer<typeof authSchema>;

const cloudSchema = z.looseObject({
  auth: authSchema.default({}),
  region_name: text,
  interface: text,
  cacert: text,
  verify: z.boolean().optional(),
});

/** One cloud, as clouds.yaml describes it. */
export type CloudEntry = z.infer<typeof cloudSchema> & {
  /** Go kola's own addition. */
  readonly floating_ip_pool?: string | undefined;
};

const fileSchema = z.looseObject({ clouds: z.record(z.string(), cloudSchema) });

/** Go kola's file: `{ "default": { "auth_url": "…", "tenant_name": "…", "username": "…", "password": "…" } }`. */
const profilesSchema = z.record(
  z.string(),
  z.looseObject({
    auth_url: text,
    tenant_id: text,
    tenant_name: text,
    username: text,
    password: text,
    user_domain: text,
    floating_ip_pool: text,
    region_name: text,
  }),
);

/** The clouds of a file: a clouds.yaml with the secure.yaml beside it, or Go kola's profiles. */
export const readCloudsFile = (file: string): Readonly<Record<string, CloudEntry>> => {
  if (!existsSync(file)) throw new UsageError('openstack-config', `there is no file ${file}`);
  const content = readDocument(file);
  const clouds = fileSchema.safeParse(content);
  if (clouds.success) return withSecrets(clouds.data.clouds, secureFile(file));
  const profiles = profilesSchema.safeParse(content);
  if (!profiles.success || (typeof content === 'object' && content !== null && 'clouds' in content))
    throw new UsageError('openstack-config', `expected clouds, or profiles of Go kola, in ${file}`);
  return Object.fromEntries(Object.entries(profiles.data).map(([name, one]) => [name, fromProfile(one)]));
};

const readDocument = (file: string): unknown => {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // The text of the error could hold a piece of the file, and with it a password.
    throw new UsageError('openstack-config', `expected YAML or JSON in ${file}`, {
      cause: error instanceof Error ? error.name : undefined,
    });
  }
};

const fromProfile = (profile: z.infer<typeof profilesSchema>[string]): CloudEntry => ({
  auth: {
    auth_url: profile.auth_url,
    username: profile.username,
    password: profile.password,
    user_domain_name: profile.user_domain,
    project_id: profile.tenant_id,
    project_name: profile.tenant_name,
    project_domain_name: profile.user_domain,
  },
  region_name: profile.region_name,
  floating_ip_pool: profile.floating_ip_pool,
});

const secureFile = (file: string): string => join(dirname(file), 'secure.yaml');

/** Passwords may lie in a file of their own. */
const withSecrets = (
  clouds: Readonly<Record<string, CloudEntry>>,
  file: string,
): Readonly<Record<string, CloudEntry>> => {
  if (!existsSync(file)) return clouds;
  const secrets = fileSchema.safeParse(readDocument(file)).data?.clouds ?? {};
  return Object.fromEntries(
    Object.entries(clouds).map(([name, cloud]) => [
      name,
      { ...cloud, auth: { ...cloud.auth, ...secrets[name]?.auth } },
    ]),
  );
};

/** Where clouds.yaml lies, as OpenStack's own client looks for it; undefined when it is nowhere. */
export const findCloudsFile = (env: Environment): string | undefined =>
  [
    env.OS_CLIENT_CONFIG_FILE,
    'clouds.yaml',
    join(homedir(), '.config', 'openstack', 'clouds.yaml'),
    '/etc/openstack/clouds.yaml',
  ].find(file => file !== undefined && file !== '' && existsSync(file));

export const goKolaFile = (): string => join(homedir(), '.config', 'openstack.json');
