import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { loopback } from './context.ts';
import { listenError } from './listen-error.ts';

/** A UDP socket on loopback; `port` 0 takes a free one. */
export const bindUdp = async (
  service: string,
  port: number,
  receive: (message: Uint8Array, from: RemoteInfo) => void,
): Promise<Socket> => {
  const socket = createSocket('udp4');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('error', reject);
  socket.bind(port, loopback, resolve);
  try {
    await promise;
  } catch (error) {
    socket.close();
    throw listenError(service, port, error);
  }
  socket.off('error', reject);
  // A client whose port is closed by the time it is answered shows as an error here; it is the client's loss.
  socket.on('error', () => undefined);
  socket.on('message', receive);
  return socket;
};

export const closeUdp = async (socket: Socket): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.close(() => resolve());
  await promise;
};
