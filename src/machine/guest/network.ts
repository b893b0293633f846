import { z } from 'zod';

const addressesSchema = z.array(
  z.object({ addr_info: z.array(z.object({ family: z.string(), local: z.string().optional() })).optional() }),
);

/** IPv4 addresses in the output of `ip -json address show`. */
export const ipv4Addresses = (json: string): readonly string[] =>
  addressesSchema
    .parse(JSON.parse(json))
    .flatMap(({ addr_info: found }) => found ?? [])
    .flatMap(({ family, local }) => (family === 'inet' && local !== undefined ? [local] : []));

/** Whether the text of /proc/net/tcp or tcp6 has a listener on the port; works without any tool in the namespace. */
export const hasListener = (procNetTcp: string, port: number): boolean => {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return procNetTcp.split('\n').some(line => {
    const [, local, , state] = line.trim().split(/\s+/);
    return state === '0A' && local?.endsWith(`:${hex}`) === true;
  });
};

const asNumber = (address: string): number =>
  address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** Whether an IPv4 address lies in a network, `10.254.0.0/16`. */
export const isInNetwork = (address: string, network: string): boolean => {
  const [base = '', bits = ''] = network.split('/');
  const size = 2 ** (32 - Number(bits));
  return (
    /^\d+(?:\.\d+){3}$/.test(address) &&
    Math.floor(asNumber(address) / size) === Math.floor(asNumber(base) / size)
  );
};
