import type { OmahaUpdate } from '../../core/services.ts';
import { compareVersions } from '../../core/version.ts';
import type { OmahaApp } from './request.ts';

export type Decision<Update> =
  | { readonly update: Update }
  | {
      readonly update: undefined;
      /** Why none of the updates fits, for the log. */
      readonly reason: string;
    };

type Rules = Omit<OmahaUpdate, 'packages'>;
type Asking = Pick<OmahaApp, 'version' | 'track' | 'board' | 'updateCheck'>;

/** The first update that fits the client. */
export const decide = <Update extends Rules>(
  client: Asking,
  updates: readonly Update[],
): Decision<Update> => {
  const reasons: string[] = [];
  for (const update of updates) {
    const reason = whyNot(client, update);
    if (reason === undefined) return { update };
    reasons.push(`${update.version}: ${reason}`);
  }
  return { update: undefined, reason: reasons.join('; ') || 'no update is offered' };
};

const whyNot = (client: Asking, update: Rules): string | undefined => {
  const prefix = client.updateCheck?.targetVersionPrefix ?? '';
  if (!update.version.startsWith(prefix)) return `the client wants ${prefix}…`;
  if (update.tracks !== undefined && !update.tracks.includes(client.track))
    return `for ${update.tracks.join(', ')}, not for ${client.track || 'a client without a track'}`;
  if (update.board !== undefined && update.board !== client.board)
    return `for ${update.board}, not for ${client.board || 'a client without a board'}`;
  return update.always === true ? undefined : whyNotVersion(client.version, update);
};

const whyNotVersion = (version: string, { version: offered, from, until }: Rules): string | undefined => {
  if (from !== undefined && compareVersions(version, from) < 0)
    return `for ${from} and later, not ${version}`;
  if (until !== undefined && compareVersions(version, until) >= 0)
    return `for before ${until}, not ${version}`;
  return compareVersions(version, offered) >= 0 ? `the client is at ${version}` : undefined;
};
