import ssh2 from 'ssh2';
import { makeKeyPair } from '../../../../src/machine/ssh/keys.ts';
import { freeAddress } from '../guests.ts';
import { writeDisk } from '../sparse-disk.ts';

/** A rescue system as far as uploading an image needs one: SSH for one key, and `dd` onto the disk. */
export interface Rescue {
  readonly address: string;
  close(): void;
}

export const startRescue = async (publicKey: string, disk: string): Promise<Rescue> => {
  const address = await freeAddress();
  const allowed = publicKey.split(' ')[1] ?? '';
  const clients = new Set<ssh2.Connection>();
  const server = new ssh2.Server({ hostKeys: [makeKeyPair('rescue').privateKey] }, client => {
    clients.add(client);
    client.on('error', () => {}).on('close', () => clients.delete(client));
    client.on('authentication', login =>
      login.method === 'publickey' && login.key.data.toString('base64') === allowed
        ? login.accept()
        : login.reject(['publickey']),
    );
    client.on('session', accept =>
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        if (!command.includes('dd of=/dev/sda')) return void channel.exit(127);
        writeDisk(channel, disk, true).then(
          () => {
            channel.exit(0);
            channel.end();
          },
          () => client.end(),
        );
      }),
    );
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(22, address, resolve);
  await promise;
  return {
    address,
    close: () => {
      for (const client of clients) client.end();
      server.close();
    },
  };
};
