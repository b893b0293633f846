import { openPrivateNetwork, type PrivateNetwork } from './private-network.ts';

interface Shared {
  readonly network: Promise<PrivateNetwork>;
  members: number;
}

/** A machine's place on its cluster's network. */
export interface Membership {
  readonly port: number;
  leave(): Promise<void>;
}

/** The private networks of a flight: opened with the first machine of a cluster, closed with the last. */
export class Networks {
  readonly #shared = new Map<string, Shared>();

  async join(cluster: string, signal: AbortSignal): Promise<Membership> {
    const shared = this.#shared.get(cluster) ?? { network: openPrivateNetwork(signal), members: 0 };
    this.#shared.set(cluster, shared);
    shared.members += 1;
    let left = false;
    const leave = async (): Promise<void> => {
      if (left) return;
      left = true;
      shared.members -= 1;
      if (shared.members > 0) return;
      if (this.#shared.get(cluster) === shared) this.#shared.delete(cluster);
      await (await shared.network).close();
    };
    try {
      const { port } = await shared.network;
      return { port, leave };
    } catch (error) {
      if (this.#shared.get(cluster) === shared) this.#shared.delete(cluster);
      throw error;
    }
  }
}
