/** A virtual service of the kernel's load balancer. */
export interface VirtualService {
  readonly address: string;
  readonly scheduler: string;
  readonly servers: readonly string[];
}

/** Reads `ipvsadm -Ln`. */
export const parseIpvs = (text: string): readonly VirtualService[] => {
  const services: { address: string; scheduler: string; servers: string[] }[] = [];
  for (const line of text.split('\n')) {
    const [kind, address, how] = line.trim().split(/\s+/);
    if (address === undefined || how === undefined) continue;
    if (kind === 'TCP' || kind === 'UDP') services.push({ address, scheduler: how, servers: [] });
    // The heading of the columns begins with an arrow as well.
    else if (kind === '->' && address !== 'RemoteAddress:Port') services.at(-1)?.servers.push(address);
  }
  return services;
};
