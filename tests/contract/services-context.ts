import { systemClock } from '../../src/core/clock.ts';
import type { ServiceContext, Startable } from '../../src/services/context.ts';

export const guestContext: ServiceContext = { guestAddress: '10.0.2.2', clock: systemClock, slowdown: 1 };

/** A started service; disposed by `await using`. */
export const started = async <S extends Startable>(service: S): Promise<S> => {
  await service.start(new AbortController().signal);
  return service;
};

/** Handles of this process that a service could have left open. Closed ones stay listed for some milliseconds. */
export const openHandles = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter(name => ['TCPServerWrap', 'TCPSocketWrap', 'UDPWrap', 'TLSWrap'].includes(name));
