import { generateKeyPairSync } from 'node:crypto';
import { scenario } from '../../src/core/scenario.ts';
import { ipv4Addresses } from '../../src/machine/guest/network.ts';
import { file, ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';

interface Pair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A key pair as wg(8) writes it: the 32 bytes at the end of the DER form, in base64. */
const keyPair = (): Pair => {
  const { privateKey, publicKey } = generateKeyPairSync('x25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  });
  const last32 = (der: Buffer): string => der.subarray(-32).toString('base64');
  return { privateKey: last32(privateKey), publicKey: last32(publicKey) };
};

const config = (
  own: Pair,
  address: string,
  more: readonly string[],
  peer: Pair,
  peerLines: readonly string[],
): string =>
  [
    '[Interface]',
    `PrivateKey = ${own.privateKey}`,
    `Address = ${address}/24`,
    // Both ends are on one machine: routes to oneself would only be in the way.
    'Table = off',
    ...more,
    '',
    '[Peer]',
    `PublicKey = ${peer.publicKey}`,
    ...peerLines,
    '',
  ].join('\n');

export default scenario({
  name: 'cl.network.wireguard',
  description: 'Two WireGuard interfaces that wg-quick sets up at boot talk to one another',
  tags: ['network'],
  platforms: { only: ['qemu', 'esx', 'azure'] },
  versions: { from: '3185.0.0' },
  needs: { capabilities: ['wireguard'] },
  machines: [],
  sabotage: {
    kind: 'guest',
    fault: 'an interface loses its address',
    commands: ['sudo ip address flush dev kv0'],
    fails: { check: 'address' },
  },
  run: async t => {
    const [client, server] = [keyPair(), keyPair()];
    const kv0 = config(client, '10.100.0.2', [], server, [
      'AllowedIPs = 10.100.0.1/32',
      'Endpoint = 127.0.0.1:51820',
      'PersistentKeepalive = 5',
    ]);
    const wg0 = config(server, '10.100.0.1', ['ListenPort = 51820'], client, ['AllowedIPs = 10.100.0.2/32']);
    const machine = await t.provision(
      'machine',
      ignition(
        {
          files: [
            file('/etc/wireguard/kv0.conf', kv0, { mode: 0o600 }),
            file('/etc/wireguard/wg0.conf', wg0, { mode: 0o600 }),
          ],
          units: [
            unit('wg-quick@kv0.service', { enabled: true }),
            unit('wg-quick@wg0.service', { enabled: true }),
          ],
        },
        '3.3',
      ),
    );
    const addresses = ipv4Addresses(await machine.run('ip -json address show kv0'));
    t.equal('address', addresses, ['10.100.0.2'], 'IPv4 addresses of kv0');
    await t.check('handshake', () =>
      t.eventually('a handshake on kv0', async () => {
        const line = await machine.run('sudo wg show kv0 latest-handshakes');
        return Number(line.split(/\s+/)[1] ?? 0) > 0 ? true : undefined;
      }),
    );
  },
});
