import { ScenarioError } from '../../core/errors.ts';

/** A service outside the test network, as a scenario names it in `needs.external`. */
export type ExternalNeed =
  | { readonly kind: 'internet' }
  | { readonly kind: 'registry'; readonly host: string }
  | { readonly kind: 'dns'; readonly host: string }
  | { readonly kind: 'ntp'; readonly host: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'url'; readonly url: string };

const hostPattern = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i;

export const parseNeed = (need: string): ExternalNeed => {
  if (need === 'internet') return { kind: 'internet' };
  if (/^https?:\/\//.test(need) && URL.canParse(need)) return { kind: 'url', url: need };
  const [kind = '', host = '', port, ...more] = need.split(':');
  const isHost = hostPattern.test(host) && more.length === 0;
  if (isHost && port === undefined && (kind === 'dns' || kind === 'ntp')) return { kind, host };
  if (isHost && kind === 'registry' && (port === undefined || isPort(port)))
    return { kind, host: port === undefined ? host : `${host}:${port}` };
  if (isHost && kind === 'tcp' && port !== undefined && isPort(port))
    return { kind, host, port: Number(port) };
  throw new ScenarioError('external-need', `"${need}" names no external service that can be probed`, {
    hint: 'write internet, registry:HOST, dns:NAME, ntp:HOST, tcp:HOST:PORT or a http(s) URL in needs.external',
  });
};

const isPort = (text: string): boolean =>
  /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
