/** A key of etcd's v2 API as its JSON shows it. */
export interface EtcdNode {
  readonly key: string;
  readonly value?: string;
  readonly dir?: true;
  readonly nodes?: readonly EtcdNode[];
  readonly createdIndex: number;
  readonly modifiedIndex: number;
}

interface Member {
  readonly id: string;
  readonly value: string;
  readonly index: number;
}

interface Waiter {
  readonly from: number;
  readonly wake: (member: Member) => void;
}

/** The clusters of a discovery service: who joined which, in order. Knows nothing of HTTP. */
export class Registry {
  readonly #clusters = new Map<string, Cluster>();

  add(token: string, size: number): void {
    this.#clusters.set(token, new Cluster(token, size));
  }

  find(token: string): Cluster | undefined {
    return this.#clusters.get(token);
  }
}

/** One token. Every change has an index, from 1 on; the directory itself came with 1, its size with 2. */
export class Cluster {
  readonly size: number;
  readonly #prefix: string;
  readonly #members: Member[] = [];
  readonly #waiters = new Set<Waiter>();

  constructor(token: string, size: number) {
    this.size = size;
    this.#prefix = `/_etcd/registry/${token}`;
  }

  /** Index of the last change: clients wait for what comes after it. */
  get index(): number {
    return this.#members.at(-1)?.index ?? 2;
  }

  sizeNode(): EtcdNode {
    return {
      key: `${this.#prefix}/_config/size`,
      value: String(this.size),
      createdIndex: 2,
      modifiedIndex: 2,
    };
  }

  /** The members in order of joining. `_config` starts with an underscore: etcd hides such keys in lists. */
  listNode(): EtcdNode {
    return {
      key: this.#prefix,
      dir: true,
      nodes: this.#members.map(member => this.#node(member)),
      createdIndex: 1,
      modifiedIndex: 1,
    };
  }

  memberNode(id: string): EtcdNode | undefined {
    const member = this.#members.find(one => one.id === id);
    return member === undefined ? undefined : this.#node(member);
  }

  /** Undefined when this member has joined before: a join is a create, never a change. */
  join(id: string, value: string): EtcdNode | undefined {
    if (this.memberNode(id) !== undefined) return undefined;
    const member = { id, value, index: this.index + 1 };
    this.#members.push(member);
    for (const waiter of [...this.#waiters]) if (waiter.from <= member.index) waiter.wake(member);
    return this.#node(member);
  }

  /** The first join with this index or a later one; waits for it when there is none yet. */
  async nextJoin(from: number, signal: AbortSignal): Promise<EtcdNode> {
    const known = this.#members.find(member => member.index >= from);
    if (known !== undefined) return this.#node(known);
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Member>();
    const waiter = { from, wake: resolve };
    const stop = (): void => reject(signal.reason);
    this.#waiters.add(waiter);
    signal.addEventListener('abort', stop, { once: true });
    try {
      return this.#node(await promise);
    } finally {
      this.#waiters.delete(waiter);
      signal.removeEventListener('abort', stop);
    }
  }

  #node({ id, value, index }: Member): EtcdNode {
    return { key: `${this.#prefix}/${id}`, value, createdIndex: index, modifiedIndex: index };
  }
}
