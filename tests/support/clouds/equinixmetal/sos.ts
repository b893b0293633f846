import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import { makeKeyPair, publicKeyBlob } from '../../../../src/machine/ssh/keys.ts';

/** What the console server knows of a device. */
export interface SosDevice {
  /** Public keys that may see its console. */
  readonly keys: readonly string[];
  /** What it said in this boot. */
  text(): string;
  /** Calls back with more, until the returned function is called. */
  follow(hear: (text: string) => void): () => void;
}

export interface Sos {
  /** `127.0.0.1:PORT`. */
  readonly place: string;
  close(): Promise<void>;
}

/** Serial consoles over SSH: the user's name is the device's id. */
export const startSos = async (find: (id: string) => SosDevice | undefined): Promise<Sos> => {
  const clients = new Set<ssh2.Connection>();
  const server = new ssh2.Server({ hostKeys: [makeKeyPair('sos').privateKey] }, client => {
    clients.add(client);
    let device: SosDevice | undefined;
    client.on('error', () => {});
    client.on('close', () => void clients.delete(client));
    client.on('authentication', context => {
      const found = find(context.username);
      if (found === undefined || !admits(found, context)) return context.reject(['publickey']);
      device = found;
      context.accept();
    });
    client.on('session', accept => {
      const session = accept();
      session.on('pty', agree => agree?.());
      session.on('shell', open => {
        const channel = open();
        channel.write(device?.text() ?? '');
        const stop = device?.follow(text => void channel.write(text));
        channel.on('close', () => stop?.());
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    place: `127.0.0.1:${port}`,
    close: async () => {
      for (const client of clients) client.end();
      server.close();
    },
  };
};

const admits = (device: SosDevice, context: ssh2.AuthContext): boolean => {
  if (context.method !== 'publickey') return false;
  const { data } = context.key;
  const known = device.keys.find(line => {
    if (!/^ssh-ed25519 [A-Za-z0-9+/=]{60,} ?/.test(line)) return false;
    const blob = publicKeyBlob(line);
    return blob.length === data.length && timingSafeEqual(blob, data);
  });
  if (known === undefined) return false;
  if (context.signature === undefined || context.blob === undefined) return true;
  const parsed = ssh2.utils.parseKey(known);
  return !(parsed instanceof Error) && parsed.verify(context.blob, context.signature) === true;
};
