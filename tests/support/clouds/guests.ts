import { createServer } from 'node:net';
import { poll } from '../../../src/core/poll.ts';
import type { SimHandler } from './server.ts';

/** A machine that a simulated cloud starts. */
export interface GuestSpec {
  /** The cloud's id for it. */
  readonly id: string;
  readonly arch: 'amd64' | 'arm64';
  /** Raw disk with the very bytes that were uploaded; not written to. */
  readonly disk: string;
  /** Size of the boot volume in bytes; at least that of the disk. */
  readonly diskBytes: number;
  readonly extraDisks: readonly { readonly serial: string; readonly bytes: number }[];
  /** Machines with the same word share a private network. */
  readonly network: string;
  /** A read-only disk that clouds attach with the machine's metadata on it. */
  readonly configDrive?: Uint8Array;
  /** What lies in its CD-ROM drive; absent = it has none. */
  readonly disc?: Uint8Array;
  /** The cloud's metadata service, as this machine sees it at 169.254.169.254. */
  readonly metadata: SimHandler;
}

export interface Guest {
  /** Port 22 of this address leads to its SSH. */
  readonly publicAddress: string;
  readonly privateAddress: string;
  /** Serial console so far. */
  console(): string;
  reboot(): Promise<void>;
  /** Cuts the power. Fine to call twice. */
  kill(): Promise<void>;
  /** Resolves when it is off, also by its own doing. */
  readonly off: Promise<void>;
}

/** Starts machines: real ones in QEMU, or played ones. */
export interface GuestHost {
  start(spec: GuestSpec): Promise<Guest>;
  /** Kills all. */
  close(): Promise<void>;
}

const loopbackAddress = (): string => {
  const byte = (from: number, to: number): number => from + Math.floor(Math.random() * (to - from));
  return `127.${byte(64, 127)}.${byte(0, 255)}.${byte(2, 254)}`;
};

/** An address of the loopback network whose port 22 is free now. Listening there needs root, or a lower first free port. */
export const freeAddress = (): Promise<string> =>
  poll({ every: 1, until: 2000, what: 'an address of 127.0.0.0/8 whose port 22 is free' }, async () => {
    const address = loopbackAddress();
    const problem = await tryListen(address);
    if (problem === 'EACCES')
      throw new Error(
        'simulated machines listen on port 22 of 127.x.y.z: run as root, or sysctl net.ipv4.ip_unprivileged_port_start=22',
      );
    return problem === undefined ? { done: address } : { pending: problem };
  });

const tryListen = async (address: string): Promise<string | undefined> => {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once('error', error => resolve('code' in error ? String(error.code) : String(error)));
  server.listen(22, address, () => server.close(() => resolve(undefined)));
  return promise;
};
