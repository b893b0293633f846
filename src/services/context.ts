import type { Clock } from '../core/clock.ts';

/** Services listen here only: nobody else on the harness's network can reach them. */
export const loopback = '127.0.0.1';

/** What every service is given. */
export interface ServiceContext {
  /** The harness's loopback as a guest sees it: 10.0.2.2 under QEMU's user-mode networking. */
  readonly guestAddress: string;
  readonly clock: Clock;
  /** Factor on waits, as for scenarios: 1 on hardware, more under emulation. */
  readonly slowdown: number;
  /** Most milliseconds that a wait takes, whatever its caller says; absent = no limit of its own. */
  readonly patience?: number;
  /** Told of every wait that came to its end: milliseconds. */
  readonly onWaited?: (took: number) => void;
}

/** Something that is started once and leaves nothing behind. */
export interface Startable extends AsyncDisposable {
  /** Listens when it returns. The service ends with the signal, or when it is disposed. */
  start(signal: AbortSignal): Promise<void>;
}

/** `10.0.2.2:40123`, with brackets around IPv6 addresses. */
export const authority = (host: string, port: number): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;
