import { networkInterfaces } from 'node:os';
import { UsageError } from '../core/errors.ts';

/** Answers with the caller's address as plain text. */
const echoServices = ['https://checkip.amazonaws.com', 'https://api.ipify.org'] as const;

const addressPattern = /^(\d{1,3}\.){3}\d{1,3}$/;
const blockPattern = /^(\d{1,3}\.){3}\d{1,3}(\/\d{1,2})?$/;

/**
 * The IPv4 block that may reach the machines over SSH: what was said, else this host's own address as the world sees
 * it. A simulator or a private cloud on a loopback or private address sees the address we reach it from.
 */
export const runnerBlock = async (
  options: { readonly runnerAddress?: string | undefined; readonly endpoint?: string | undefined },
  signal: AbortSignal,
): Promise<string> => {
  const said = options.runnerAddress ?? process.env.KOLA_RUNNER_ADDRESS;
  if (said !== undefined) return asBlock(said);
  if (options.endpoint !== undefined && isLoopback(options.endpoint)) return '127.0.0.0/8';
  for (const service of echoServices) {
    try {
      const answer = await fetch(service, { signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) });
      const text = (await answer.text()).trim();
      if (answer.ok && addressPattern.test(text)) return `${text}/32`;
    } catch {
      signal.throwIfAborted();
    }
  }
  throw new UsageError(
    'runner-address',
    `cannot find out the public address of this host (${localAddresses()}): ${echoServices.join(' and ')} do not say it`,
    { hint: 'give it with --runner-address=ADDRESS' },
  );
};

const asBlock = (text: string): string => {
  if (!blockPattern.test(text))
    throw new UsageError(
      'runner-address',
      `expected an IPv4 address or block as runner address, found ${text}`,
    );
  return text.includes('/') ? text : `${text}/32`;
};

/**
 * Factor on boot and scenario deadlines: machines behind an endpoint on this very host are emulated by it, most likely
 * without hardware support.
 */
export const slowdownOf = (endpoint: string | undefined): number =>
  endpoint !== undefined && isLoopback(endpoint) ? 4 : 1;

const isLoopback = (endpoint: string): boolean => {
  if (!URL.canParse(endpoint)) return false;
  const { hostname } = new URL(endpoint);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
};

const localAddresses = (): string =>
  Object.values(networkInterfaces())
    .flatMap(cards => cards ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address)
    .join(', ');
