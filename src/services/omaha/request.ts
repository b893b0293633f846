import type { XmlElement } from './xml.ts';
import { childNamed, childrenNamed, element, integer, parseXml, writeXml, XmlError } from './xml.ts';

/** An Omaha v3 request, with the attributes that Flatcar's update_engine adds. Missing texts are empty. */
export interface OmahaRequest {
  /** `3.0`. */
  readonly protocol: string;
  /** The updater's own: `update_engine-0.4.10`. */
  readonly version: string;
  /** `ondemandupdate` when a person asked, `scheduler` otherwise. */
  readonly installSource: string;
  readonly os: { readonly platform: string; readonly version: string; readonly arch: string };
  readonly apps: readonly OmahaApp[];
}

export interface OmahaApp {
  readonly id: string;
  readonly version: string;
  readonly track: string;
  readonly fromTrack: string;
  readonly bootId: string;
  readonly machineId: string;
  readonly oem: string;
  readonly oemVersion: string;
  readonly alephVersion: string;
  readonly board: string;
  /** Undefined: no ping in this request. */
  readonly ping: { readonly active: boolean } | undefined;
  readonly updateCheck: { readonly targetVersionPrefix: string } | undefined;
  readonly events: readonly OmahaEvent[];
}

export interface OmahaEvent {
  readonly type: number;
  readonly result: number;
  readonly errorCode: number;
  readonly previousVersion: string;
  readonly nextVersion: string;
}

/** Throws {@link XmlError} with what is wrong. */
export const parseRequest = (text: string): OmahaRequest => {
  const root = parseXml(text);
  if (root.name !== 'request') throw new XmlError(`the root element is request, not ${root.name}`);
  const os = childNamed(root, 'os') ?? element('os');
  const apps = childrenNamed(root, 'app').map(readApp);
  if (apps.length === 0) throw new XmlError('a request has at least one app');
  return {
    protocol: word(root, 'protocol'),
    version: word(root, 'version'),
    installSource: word(root, 'installsource'),
    os: { platform: word(os, 'platform'), version: word(os, 'version'), arch: word(os, 'arch') },
    apps,
  };
};

const readApp = (app: XmlElement): OmahaApp => {
  const ping = childNamed(app, 'ping');
  const check = childNamed(app, 'updatecheck');
  return {
    id: word(app, 'appid'),
    version: word(app, 'version'),
    track: word(app, 'track'),
    fromTrack: word(app, 'from_track'),
    bootId: word(app, 'bootid'),
    machineId: word(app, 'machineid'),
    oem: word(app, 'oem'),
    oemVersion: word(app, 'oemversion'),
    alephVersion: word(app, 'alephversion'),
    board: word(app, 'board'),
    ping: ping === undefined ? undefined : { active: integer(ping, 'active', 0) === 1 },
    updateCheck:
      check === undefined ? undefined : { targetVersionPrefix: word(check, 'targetversionprefix') },
    events: childrenNamed(app, 'event').map(readEvent),
  };
};

const readEvent = (event: XmlElement): OmahaEvent => ({
  type: integer(event, 'eventtype', 0),
  result: integer(event, 'eventresult', 0),
  errorCode: integer(event, 'errorcode', 0),
  previousVersion: word(event, 'previousversion'),
  nextVersion: word(event, 'nextversion'),
});

const word = ({ attributes }: XmlElement, name: string): string => attributes[name] ?? '';

/** The request as a client would send it; empty texts are left out. */
export const writeRequest = ({ protocol, version, installSource, os, apps }: OmahaRequest): string =>
  writeXml(
    element(
      'request',
      full({ protocol, version, updaterversion: version, installsource: installSource, ismachine: '1' }),
      [element('os', full({ ...os })), ...apps.map(appElement)],
    ),
  );

const appElement = (app: OmahaApp): XmlElement =>
  element(
    'app',
    full({
      appid: app.id,
      version: app.version,
      track: app.track,
      from_track: app.fromTrack,
      bootid: app.bootId,
      machineid: app.machineId,
      oem: app.oem,
      oemversion: app.oemVersion,
      alephversion: app.alephVersion,
      board: app.board,
    }),
    [
      ...(app.ping === undefined ? [] : [element('ping', { active: app.ping.active ? '1' : '0' })]),
      ...(app.updateCheck === undefined
        ? []
        : [element('updatecheck', full({ targetversionprefix: app.updateCheck.targetVersionPrefix }))]),
      ...app.events.map(event =>
        element(
          'event',
          full({
            eventtype: String(event.type),
            eventresult: String(event.result),
            errorcode: String(event.errorCode),
            previousversion: event.previousVersion,
            nextversion: event.nextVersion,
          }),
        ),
      ),
    ],
  );

const full = (attributes: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ''));
