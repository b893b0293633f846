import { BlockedError, CapacityError, HarnessError, type KolaError } from '../core/errors.ts';
import { loopback } from './context.ts';

/** Puts a failed `listen` or `bind` into words: a taken port is a matter of capacity, a forbidden one blocks. */
export const listenError = (service: string, port: number, cause: unknown): KolaError => {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const where = `the ${service} service cannot listen on ${loopback}:${port}`;
  if (code === 'EADDRINUSE')
    return new CapacityError('service-port-taken', `${where}: the port is taken`, {
      cause,
      hint: 'run fewer of these scenarios at once, or stop what else uses the port',
    });
  if (code === 'EACCES')
    return new BlockedError(`${where}: ports below 1024 need root`, {
      cause,
      kind: 'harness',
      hint: 'run kola as root or lower net.ipv4.ip_unprivileged_port_start',
    });
  return new HarnessError('service-listen', `${where}: ${String(cause)}`, { cause });
};
