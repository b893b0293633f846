import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { createConnection } from 'node:net';
import { unlessAborted } from '../unless-aborted.ts';

/** The few things probes do to the outside world. Each rejects with the reason, or when the signal fires. */
export interface ProbeNetwork {
  resolve(host: string, signal: AbortSignal): Promise<void>;
  /** HTTP status of a GET. Redirects are not followed: they are an answer. */
  get(url: string, signal: AbortSignal): Promise<number>;
  connect(host: string, port: number, signal: AbortSignal): Promise<void>;
  /** Sends a datagram and resolves with the first answer. */
  ask(host: string, port: number, question: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}

export const systemNetwork: ProbeNetwork = {
  resolve: async (host, signal) => {
    await unlessAborted(lookup(host), signal);
  },

  get: async (url, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const get = url.startsWith('https:') ? httpsGet : httpGet;
    // No agent: a kept-alive connection would outlive the probe.
    const request = get(url, { agent: false, signal, headers: { 'user-agent': 'kola' } }, response => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    request.on('error', reject);
    return await promise;
  },

  connect: async (host, port, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = createConnection({ host, port, signal });
    socket.once('connect', resolve);
    socket.on('error', reject);
    try {
      await promise;
    } finally {
      socket.destroy();
    }
  },

  ask: async (host, port, question, signal) => {
    const { address, family } = await unlessAborted(lookup(host), signal);
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    socket.on('error', reject);
    socket.once('message', resolve);
    socket.send(question, port, address, error => {
      if (error !== null) reject(error);
    });
    try {
      return await unlessAborted(promise, signal);
    } finally {
      socket.close();
    }
  },
};
