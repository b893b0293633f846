import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeArp } from '../../../../platforms/qemu/dhcp/arp.ts';
import { decodeFrame, encodeFrame } from '../../../../platforms/qemu/dhcp/ethernet.ts';
import { Networks } from '../../../../platforms/qemu/networks.ts';
import { openPrivateNetwork, privateIdentity } from '../../../../platforms/qemu/private-network.ts';

const never = new AbortController().signal;

describe('privateIdentity', () => {
  it('gives every machine of a cluster its own card and address', () => {
    expect(privateIdentity(0)).toEqual({ mac: '52:54:00:77:00:10', address: '10.77.0.16' });
    expect(privateIdentity(240)).toEqual({ mac: '52:54:00:77:01:00', address: '10.77.1.0' });
    const index = fc.integer({ min: 0, max: 4095 });
    fc.assert(
      fc.property(index, index, (a, b) => {
        expect(privateIdentity(a).address === privateIdentity(b).address).toBe(a === b);
        expect(privateIdentity(a).mac === privateIdentity(b).mac).toBe(a === b);
      }),
    );
    expect(() => privateIdentity(4096)).toThrow(/room for 4096/);
    expect(() => privateIdentity(-1)).toThrow();
  });
});

/** Another machine on a network: sends frames and hears all. */
const neighbour = async (port: number) => {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  onTestFinished(() => {
    socket.close();
  });
  socket.bind({ port, address: '230.0.0.1' });
  await once(socket, 'listening');
  socket.addMembership('230.0.0.1', '127.0.0.1');
  socket.setMulticastInterface('127.0.0.1');
  return socket;
};

const whoHas = encodeFrame({
  destination: 'ff:ff:ff:ff:ff:ff',
  source: '52:54:00:77:00:10',
  type: 0x0806,
  payload: encodeArp({
    operation: 'request',
    senderMac: '52:54:00:77:00:10',
    senderAddress: '10.77.0.16',
    targetMac: '00:00:00:00:00:00',
    targetAddress: '10.77.0.1',
  }),
});

describe('a private network', () => {
  it('has the server on it, and two networks do not hear each other', async () => {
    const [one, two] = await Promise.all([openPrivateNetwork(never), openPrivateNetwork(never)]);
    onTestFinished(async () => {
      await Promise.all([one.close(), two.close()]);
    });
    expect(one.port).not.toBe(two.port);
    const [here, there] = await Promise.all([neighbour(one.port), neighbour(two.port)]);
    const heardThere: Buffer[] = [];
    there.on('message', frame => heardThere.push(frame));
    const heard: string[] = [];
    const answered = Promise.withResolvers<void>();
    here.on('message', frame => {
      heard.push(decodeFrame(frame)?.source ?? '');
      if (heard.includes('52:54:00:77:ff:fe')) answered.resolve();
    });
    here.send(whoHas, one.port, '230.0.0.1');
    await answered.promise;
    expect(heardThere).toEqual([]);
  });

  it('frees its ports', async () => {
    const network = await openPrivateNetwork(never);
    await network.close();
    const socket = createSocket({ type: 'udp4' });
    socket.bind({ port: network.port, exclusive: true });
    await once(socket, 'listening');
    socket.close();
  });
});

describe('Networks', () => {
  it('keeps one network per cluster, until its last machine leaves', async () => {
    const networks = new Networks();
    const [a, b, other] = await Promise.all([
      networks.join('x', never),
      networks.join('x', never),
      networks.join('y', never),
    ]);
    expect(a.port).toBe(b.port);
    expect(other.port).not.toBe(a.port);
    await a.leave();
    await a.leave();
    const c = await networks.join('x', never);
    expect(c.port).toBe(b.port);
    await Promise.all([b.leave(), c.leave(), other.leave()]);
    const d = await networks.join('x', never);
    await d.leave();
    const socket = createSocket({ type: 'udp4' });
    socket.bind({ port: d.port, exclusive: true });
    await once(socket, 'listening');
    socket.close();
  });
});
