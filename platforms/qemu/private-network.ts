import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { HarnessError } from '../../src/core/errors.ts';
import { answerFrame, type DhcpConfig } from './dhcp/answer.ts';

/** QEMU's guests share an Ethernet by sending every frame as a datagram to this group on the loopback device. */
export const multicastGroup = '230.0.0.1';
const loopback = '127.0.0.1';

const serverMac = '52:54:00:77:ff:fe';
const serverAddress = '10.77.0.1';
/** Clear of QEMU's user network 10.0.2.0/24, Docker's 172.17.0.0/16 and the usual pod and service networks. */
const subnetMask = '255.255.0.0';

/** Host numbers below are left for the server and whatever else the harness may put there. */
const firstHost = 16;
const mostMachines = 4096;

/** The card and the address of the n-th machine of a cluster (0-based). Known before the machine exists. */
export const privateIdentity = (index: number): { readonly mac: string; readonly address: string } => {
  if (!Number.isInteger(index) || index < 0 || index >= mostMachines)
    throw new HarnessError(
      'cluster-full',
      `a private network has room for ${mostMachines} machines, asked for number ${index}`,
    );
  const host = firstHost + index;
  const [high, low] = [host >> 8, host & 0xff];
  const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
  return { mac: `52:54:00:77:${hex(high)}:${hex(low)}`, address: `10.77.${high}.${low}` };
};

/** Inverse of {@link privateIdentity}. */
const addressOf = (mac: string): string | undefined => {
  const match = /^52:54:00:77:([0-9a-f]{2}):([0-9a-f]{2})$/.exec(mac);
  if (match === null) return undefined;
  const host = Number.parseInt(`${match[1]}${match[2]}`, 16);
  return host >= firstHost && host < firstHost + mostMachines
    ? privateIdentity(host - firstHost).address
    : undefined;
};

const config: DhcpConfig = { serverMac, serverAddress, subnetMask, addressOf };

/** The layer-2 network of one cluster, with a DHCP server on it. */
export interface PrivateNetwork {
  /** Port of the multicast group: what keeps clusters apart. */
  readonly port: number;
  close(): Promise<void>;
}

const tries = 20;

/**
 * Opens a network that no other cluster is on. Port numbers are claimed by listening on the TCP port of the same
 * number, which only one process can: multicast ports themselves may be shared by anybody.
 */
export const openPrivateNetwork = async (signal: AbortSignal): Promise<PrivateNetwork> => {
  let last: unknown;
  for (let turn = 0; turn < tries; turn++) {
    signal.throwIfAborted();
    const claim = await claimPort();
    try {
      const socket = await joinGroup(claim.port);
      return { port: claim.port, close: () => closeAll(socket, claim.server) };
    } catch (error) {
      last = error;
      await closeServer(claim.server);
    }
  }
  throw new HarnessError(
    'private-network',
    `found no free port for a private network in ${tries} tries: ${String(last)}`,
    {
      hint: 'does this host allow UDP multicast on the loopback device?',
      cause: last,
    },
  );
};

const claimPort = async (): Promise<{ readonly server: Server; readonly port: number }> => {
  const server = createServer(connection => connection.destroy());
  server.listen({ host: loopback, port: 0 });
  await once(server, 'listening');
  server.unref();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server without a port');
  return { server, port: address.port };
};

const joinGroup = async (port: number): Promise<Socket> => {
  // Without `reuseAddr` the port cannot be had when anybody listens on it, a guest of another run for instance.
  const test = createSocket({ type: 'udp4' });
  try {
    test.bind({ port, exclusive: true });
    await once(test, 'listening');
  } finally {
    test.close();
  }
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    socket.bind({ port, address: multicastGroup, exclusive: true });
    await once(socket, 'listening');
    socket.addMembership(multicastGroup, loopback);
    socket.setMulticastInterface(loopback);
    socket.setMulticastLoopback(true);
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.on('message', frame => {
    const answer = answerFrame(frame, config);
    if (answer !== undefined) socket.send(answer, port, multicastGroup, () => {});
  });
  // A datagram that cannot be sent is a lost frame, which networks have and clients repeat.
  socket.on('error', () => {});
  socket.unref();
  return socket;
};

const closeAll = async (socket: Socket, server: Server): Promise<void> => {
  const closed = once(socket, 'close');
  socket.close();
  await Promise.all([closed, closeServer(server)]);
};

const closeServer = async (server: Server): Promise<void> => {
  const closed = once(server, 'close');
  server.close();
  await closed;
};
