import { createRequire } from 'node:module';
import { Storage, type StorageOptions } from '@google-cloud/storage';
import { GoogleAuth, OAuth2Client } from 'google-auth-library';
import { ApiCalls } from '../../src/cloud/calls.ts';
import type { Clock } from '../../src/core/clock.ts';
import { UsageError } from '../../src/core/errors.ts';
import { faultCodes, readFault } from './faults.ts';
import { type GceOptions, regionOf, zonesOf } from './options.ts';

/** Files of the SDK, each with one client. The index of the package would load a hundred of them. */
const services = {
  instances: 'InstancesClient',
  images: 'ImagesClient',
  disks: 'DisksClient',
  firewalls: 'FirewallsClient',
  zoneOperations: 'ZoneOperationsClient',
  globalOperations: 'GlobalOperationsClient',
  machineTypes: 'MachineTypesClient',
  regions: 'RegionsClient',
  projects: 'ProjectsClient',
} as const;
export type Service = keyof typeof services;

/** A client of the SDK as it is called here: each method takes a request and call options. */
export type Client = Readonly<Record<string, (request: object, options: object) => unknown>>;

/** The clients of one project. */
export interface GceCloud {
  readonly client: (service: Service) => Client;
  readonly storage: Storage;
  readonly calls: ApiCalls;
  readonly project: string;
  readonly zones: readonly string[];
  readonly region: string;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** Where a ledger entry was made: what `connect` needs to find the place again. */
export const siteKeys = ['project', 'zones', 'endpoint', 'key'] as const;

export const siteOf = (
  options: GceOptions,
  { project, zones }: GceCloud,
): Readonly<Record<string, string>> => ({
  project,
  zones: zones.join(','),
  ...(options.gceEndpoint === undefined ? {} : { endpoint: options.gceEndpoint }),
  ...(options.gceJsonKey === undefined ? {} : { key: options.gceJsonKey }),
});

/** gcloud's own variable for a token that somebody else obtained. */
const tokenVariable = 'CLOUDSDK_AUTH_ACCESS_TOKEN';

export const credentialsHint = `log in with gcloud auth application-default login, set GOOGLE_APPLICATION_CREDENTIALS or ${tokenVariable}, or give --gce-json-key`;

const scopes = ['https://www.googleapis.com/auth/cloud-platform'];

export const connect = async (
  options: GceOptions,
  tools: { readonly clock: Clock; readonly log: (line: string) => void },
): Promise<GceCloud> => {
  const { gceEndpoint, gceJsonKey } = options;
  const token = process.env[tokenVariable];
  const auth =
    token === undefined
      ? new GoogleAuth({ scopes, ...(gceJsonKey === undefined ? {} : { keyFilename: gceJsonKey }) })
      : new GoogleAuth({ authClient: tokenClient(token) });
  const project = options.gceProject ?? (await findProject(auth));
  const zones = zonesOf(options);
  return {
    client: openClients(auth, project, gceEndpoint),
    storage: openStorage(project, token, options),
    project,
    zones,
    region: regionOf(zones[0] ?? ''),
    calls: new ApiCalls(
      {
        platform: 'gce',
        account: `${gceEndpoint ?? ''}/${project}`,
        credentialsHint,
        // 1500 calls a minute for most groups of methods.
        rate: { perSecond: 20, burst: 60 },
        codes: faultCodes,
        read: readFault,
        ...(gceEndpoint === undefined ? {} : { endpoint: gceEndpoint }),
      },
      tools.clock,
      tools.log,
    ),
    clock: tools.clock,
    log: tools.log,
  };
};

const tokenClient = (token: string): OAuth2Client => {
  const client = new OAuth2Client();
  client.setCredentials({ access_token: token });
  return client;
};

const findProject = async (auth: GoogleAuth): Promise<string> => {
  const said = process.env.GOOGLE_CLOUD_PROJECT ?? process.env.CLOUDSDK_CORE_PROJECT;
  if (said !== undefined && said !== '') return said;
  try {
    return await auth.getProjectId();
  } catch (error) {
    throw new UsageError('gce-project', 'no Google Cloud project was given', {
      hint: 'give --gce-project, set GOOGLE_CLOUD_PROJECT, or log in with gcloud auth application-default login',
      cause: error,
    });
  }
};

const require = createRequire(import.meta.url);

const openClients = (
  auth: GoogleAuth,
  projectId: string,
  endpoint: string | undefined,
): ((service: Service) => Client) => {
  const open = new Map<Service, Client>();
  return service => {
    const known = open.get(service);
    if (known !== undefined) return known;
    const file = service.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
    const found: Readonly<Record<string, new (options: object) => Client>> = require(
      `@google-cloud/compute/build/src/v1/${file}_client`,
    );
    const Made = found[services[service]];
    if (Made === undefined) throw new TypeError(`the SDK has no client for ${service}`);
    const client = new Made({ projectId, auth, fallback: true, ...addressOf(endpoint) });
    open.set(service, client);
    return client;
  };
};

/** The SDK wants the parts: it takes `host:port` for a host. */
const addressOf = (endpoint: string | undefined): object => {
  if (endpoint === undefined) return {};
  const { protocol, hostname, port } = new URL(endpoint);
  const scheme = protocol.slice(0, -1);
  return { protocol: scheme, apiEndpoint: hostname, port: Number(port || (scheme === 'http' ? 80 : 443)) };
};

const openStorage = (
  projectId: string,
  token: string | undefined,
  { gceEndpoint, gceJsonKey }: GceOptions,
): Storage =>
  new Storage({
    projectId,
    // Retries are ours: they obey the run's signal and are told in its log.
    retryOptions: { autoRetry: false, maxRetries: 0 },
    ...(gceJsonKey === undefined ? {} : { keyFilename: gceJsonKey }),
    ...(gceEndpoint === undefined ? {} : { apiEndpoint: gceEndpoint, useAuthWithCustomEndpoint: true }),
    ...(token === undefined ? {} : { authClient: storageAuthClient(token) }),
  });

/** What can be given a token; it is one of the clients that the storage client takes. */
type StorageAuth = NonNullable<StorageOptions['authClient']> & {
  setCredentials(credentials: { access_token: string }): void;
};

/** The storage client has a version of the authentication library of its own, whose clients are different. */
const storageAuthClient = (token: string): StorageAuth => {
  const beside = createRequire(require.resolve('@google-cloud/storage'));
  const library: { readonly OAuth2Client: new () => StorageAuth } = beside('google-auth-library');
  const client = new library.OAuth2Client();
  client.setCredentials({ access_token: token });
  return client;
};
