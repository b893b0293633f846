import {
  childNamed,
  childrenNamed,
  element,
  integer,
  parseXml,
  writeXml,
  type XmlElement,
  XmlError,
} from './xml.ts';

export type AppStatus = 'ok' | 'error-unknownApplication' | 'error-invalidAppId' | 'error-internal';
export type CheckStatus = 'ok' | 'noupdate' | 'error-unsupportedProtocol' | 'error-internal';

/** An Omaha v3 response. */
export interface OmahaResponse {
  readonly server: string;
  /** Seconds since midnight, UTC. */
  readonly dayStart: number;
  readonly apps: readonly AppAnswer[];
}

export interface AppAnswer {
  readonly id: string;
  readonly status: AppStatus;
  /** The request's ping is acknowledged. */
  readonly ping: boolean;
  readonly updateCheck: UpdateAnswer | undefined;
  /** Number of acknowledged events. */
  readonly events: number;
}

export type UpdateAnswer =
  | { readonly status: Exclude<CheckStatus, 'ok'> }
  | {
      readonly status: 'ok';
      readonly version: string;
      /** URL that package names are appended to; ends in a slash. */
      readonly codebase: string;
      readonly packages: readonly PackageAnswer[];
    };

export interface PackageAnswer {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Base64. */
  readonly sha1: string;
  /** Base64. */
  readonly sha256: string;
}

export const writeResponse = ({ server, dayStart, apps }: OmahaResponse): string =>
  writeXml(
    element('response', { protocol: '3.0', server }, [
      element('daystart', { elapsed_seconds: String(dayStart) }),
      ...apps.map(appElement),
    ]),
  );

const appElement = ({ id, status, ping, updateCheck, events }: AppAnswer): XmlElement =>
  element('app', { appid: id, status }, [
    ...(ping ? [element('ping', { status: 'ok' })] : []),
    ...(updateCheck === undefined ? [] : [checkElement(updateCheck)]),
    ...Array.from({ length: events }, () => element('event', { status: 'ok' })),
  ]);

const checkElement = (check: UpdateAnswer): XmlElement => {
  if (check.status !== 'ok') return element('updatecheck', { status: check.status });
  const packages = check.packages.map(({ name, size, sha1, sha256 }) =>
    element('package', { name, size: String(size), hash: sha1, hash_sha256: sha256, required: 'true' }),
  );
  // update_engine takes the payload's SHA-256 from the postinstall action, not from the package.
  const action = {
    event: 'postinstall',
    sha256: check.packages[0]?.sha256,
    DisablePayloadBackoff: 'true',
    needsadmin: 'false',
  };
  return element('updatecheck', { status: 'ok' }, [
    element('urls', {}, [element('url', { codebase: check.codebase })]),
    element('manifest', { version: check.version }, [
      element('packages', {}, packages),
      element('actions', {}, [element('action', action)]),
    ]),
  ]);
};

/** Reads a response as a client would. Throws {@link XmlError} with what is wrong. */
export const parseResponse = (text: string): OmahaResponse => {
  const root = parseXml(text);
  if (root.name !== 'response') throw new XmlError(`the root element is response, not ${root.name}`);
  const dayStart = childNamed(root, 'daystart') ?? element('daystart');
  return {
    server: root.attributes.server ?? '',
    dayStart: integer(dayStart, 'elapsed_seconds', 0),
    apps: childrenNamed(root, 'app').map(readApp),
  };
};

const readApp = (app: XmlElement): AppAnswer => {
  const check = childNamed(app, 'updatecheck');
  return {
    id: app.attributes.appid ?? '',
    status: oneOf(appStatuses, app),
    ping: childNamed(app, 'ping') !== undefined,
    updateCheck: check === undefined ? undefined : readCheck(check),
    events: childrenNamed(app, 'event').length,
  };
};

const readCheck = (check: XmlElement): UpdateAnswer => {
  const status = oneOf(checkStatuses, check);
  if (status !== 'ok') return { status };
  const manifest = need(check, 'manifest');
  return {
    status,
    version: manifest.attributes.version ?? '',
    codebase: need(need(check, 'urls'), 'url').attributes.codebase ?? '',
    packages: childrenNamed(need(manifest, 'packages'), 'package').map(one => ({
      name: one.attributes.name ?? '',
      size: integer(one, 'size', 0),
      sha1: one.attributes.hash ?? '',
      sha256: one.attributes.hash_sha256 ?? '',
    })),
  };
};

const need = (parent: XmlElement, name: string): XmlElement => {
  const child = childNamed(parent, name);
  if (child === undefined) throw new XmlError(`${parent.name} has no ${name}`);
  return child;
};

const appStatuses = ['ok', 'error-unknownApplication', 'error-invalidAppId', 'error-internal'] as const;
const checkStatuses = ['ok', 'noupdate', 'error-unsupportedProtocol', 'error-internal'] as const;

const oneOf = <Status extends string>(known: readonly Status[], { name, attributes }: XmlElement): Status => {
  const status = known.find(one => one === attributes.status);
  if (status === undefined) throw new XmlError(`unknown status ${attributes.status} of ${name}`);
  return status;
};
