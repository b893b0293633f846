import type { OmahaClient, OmahaRecord, OmahaUpdate } from '../../core/services.ts';
import { decide } from './decide.ts';
import type { LocalPackage } from './package.ts';
import type { OmahaApp } from './request.ts';
import type { AppAnswer, AppStatus, UpdateAnswer } from './response.ts';

/** The application id of Flatcar Container Linux. */
export const flatcarApp = '{e96281a6-d1af-4bde-9a0a-97b76e56dc57}';

/** An update with its packages described, and the folder they are served from. */
export type Offer = Omit<OmahaUpdate, 'packages'> & {
  readonly packages: readonly LocalPackage[];
  readonly folder: string;
};

export interface Answered {
  readonly answer: AppAnswer;
  readonly records: readonly OmahaRecord[];
}

/** What one application of a request is told, and what is written down about it. `base`: our URL, without slash. */
export const answerApp = (
  protocol: string,
  app: OmahaApp,
  offers: readonly Offer[],
  base: string,
): Answered => {
  const status = appStatus(app.id);
  if (status !== 'ok') {
    const answer = { id: app.id, status, ping: false, updateCheck: undefined, events: 0 };
    return { answer, records: [{ kind: 'refused', status: 200, reason: `${status} ${app.id}` }] };
  }
  const client = clientOf(app);
  const check = app.updateCheck === undefined ? undefined : answerCheck(protocol, app, offers, base);
  const records: OmahaRecord[] = app.events.map(({ type, result, errorCode, previousVersion }) => ({
    kind: 'event',
    client,
    type,
    result,
    errorCode,
    previousVersion,
  }));
  if (app.ping !== undefined) records.push({ kind: 'ping', client });
  if (check !== undefined)
    records.push({
      kind: 'check',
      client,
      status: check.answer.status,
      offered: check.answer.status === 'ok' ? check.answer.version : undefined,
      reason: check.reason,
    });
  return {
    answer: {
      id: app.id,
      status,
      ping: app.ping !== undefined,
      updateCheck: check?.answer,
      events: app.events.length,
    },
    records,
  };
};

const appStatus = (id: string): AppStatus => {
  const bare = id.replace(/^\{(.*)\}$/, '$1').toLowerCase();
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(bare)) return 'error-invalidAppId';
  return `{${bare}}` === flatcarApp ? 'ok' : 'error-unknownApplication';
};

const answerCheck = (
  protocol: string,
  app: OmahaApp,
  offers: readonly Offer[],
  base: string,
): { readonly answer: UpdateAnswer; readonly reason: string | undefined } => {
  if (protocol !== '3.0')
    return { answer: { status: 'error-unsupportedProtocol' }, reason: `protocol ${protocol || 'unknown'}` };
  const decision = decide(app, offers);
  if (decision.update === undefined) return { answer: { status: 'noupdate' }, reason: decision.reason };
  const { version, packages, folder } = decision.update;
  return {
    answer: { status: 'ok', version, packages, codebase: `${base}/packages/${folder}/` },
    reason: undefined,
  };
};

const clientOf = ({ id, version, track, machineId, bootId, board, oem }: OmahaApp): OmahaClient => ({
  app: id,
  version,
  track,
  machineId,
  bootId,
  board,
  oem,
});
