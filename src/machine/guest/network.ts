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
