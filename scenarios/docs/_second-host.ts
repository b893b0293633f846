import type { Machine } from '../../src/core/machine.ts';
import { asRoot } from './_root-script.ts';

/** Addresses of the link between the machine and a network namespace on it that plays another host. */
export const here = '198.51.100.1';
export const there = '198.51.100.2';
/** An address that the other host has behind the link. */
export const behind = '203.0.113.5';
const namespace = 'kola';

/** A namespace gets the far end of a link that is there already, `kola-far`, and an address behind it. */
export const movePeer = async (machine: Machine): Promise<void> => {
  await asRoot(machine, [
    `ip netns add ${namespace}`,
    `ip link set kola-far netns ${namespace}`,
    `ip -n ${namespace} address add ${there}/24 dev kola-far`,
    `ip -n ${namespace} link set kola-far up`,
    `ip -n ${namespace} link set lo up`,
    `ip -n ${namespace} address add ${behind}/32 dev lo`,
  ]);
};

/** The link and the other host, by hand: networkd is told to leave them alone. */
export const makeSecondHost = async (machine: Machine): Promise<void> => {
  await machine.write(
    '/run/systemd/network/01-kola.network',
    '[Match]\nName=kola-*\n\n[Link]\nUnmanaged=yes\n',
  );
  await asRoot(machine, [
    'networkctl reload',
    'ip link add kola-near type veth peer name kola-far',
    `ip address add ${here}/24 dev kola-near`,
    'ip link set kola-near up',
  ]);
  await movePeer(machine);
};

/** The same command on the other host, as root. */
export const onSecondHost = (command: string): string => `sudo ip netns exec ${namespace} ${command}`;

/** What a TCP server says to whoever connects, within twenty seconds; needs nothing but bash. */
export const heardFrom = (address: string, port: number): string =>
  `timeout 20 bash -c 'exec 3<>/dev/tcp/${address}/${port} && head -n 1 <&3'`;
