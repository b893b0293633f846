import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { factText, readFactText } from '../../../../src/cloud/fact-text.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import type { Guest, GuestHost } from '../guests.ts';
import type { RestCall } from '../rest.ts';
import type { SimAnswer } from '../server.ts';

export type Kind =
  | 'server'
  | 'volume'
  | 'floating-ip'
  | 'port'
  | 'router'
  | 'subnet'
  | 'network'
  | 'keypair'
  | 'security-group'
  | 'image';

/** Something in the project; `body` is what the API says of it. */
export interface Thing {
  readonly kind: Kind;
  readonly id: string;
  readonly created: string;
  body: Record<string, unknown>;
}

export interface Server extends Thing {
  status: string;
  task: string | null;
  fault: string | undefined;
  guest: Guest | undefined;
}

export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly ram: number;
  readonly vcpus: number;
  readonly disk: number;
}

export const flavors: readonly Flavor[] = [
  { id: '1', name: 'm1.tiny', ram: 512, vcpus: 1, disk: 1 },
  { id: '2', name: 'm1.small', ram: 2048, vcpus: 1, disk: 20 },
  { id: '3', name: 'm1.medium', ram: 4096, vcpus: 2, disk: 40 },
  { id: '9', name: 'v1.small', ram: 2048, vcpus: 1, disk: 0 },
];

export const project = { id: '8f6b0000000000000000000000000001', name: 'ci' } as const;

/** Plugged into a router by `add_router_interface`. */
export interface Card {
  readonly id: string;
  readonly router: string;
  readonly subnet: string;
}

/** A project of an OpenStack cloud, as far as runs of kola use it. */
export class World {
  readonly things = new Map<string, Thing>();
  readonly cards: Card[] = [];
  readonly rules: object[] = [];
  readonly tokens = new Set<string>();
  /** By id of the image. */
  readonly rawDisks = new Map<string, Promise<string>>();
  readonly guests: GuestHost;
  readonly folder = mkdtempSync(join(tmpdir(), 'kola-openstack-'));
  readonly settings = {
    /** Milliseconds that servers and volumes take. */
    pace: 2,
    /** Things on a page, whatever is asked for. */
    pageSize: 1000,
    instances: 50,
    floatingIps: 50,
    /** Flavors that no host has room for. */
    full: new Set<string>(),
    /** Servers are kept for a while after their end. */
    softDelete: false,
    /** Without it the catalog lists no volumes. */
    volumes: true,
    /** Newest microversion of Nova. */
    nova: '2.95',
  };
  readonly #working = new Set<Promise<unknown>>();
  readonly #ended = new AbortController();

  constructor(guests: GuestHost) {
    this.guests = guests;
    // A way outside, and a network whose addresses are reached from there.
    this.add('network', { name: 'public', description: '', 'router:external': true, project_id: 'admin' });
    this.add('network', { name: 'lan', description: '', shared: true, project_id: 'admin' });
  }

  add(kind: Kind, body: Record<string, unknown>, id: string = randomUUID()): Thing {
    const thing = { kind, id, body, created: new Date().toISOString() };
    this.things.set(id, thing);
    return thing;
  }

  ofKind(kind: Kind): readonly Thing[] {
    return [...this.things.values()].filter(thing => thing.kind === kind);
  }

  find(kind: Kind, id: unknown): Thing | undefined {
    const thing = this.things.get(String(id));
    return thing?.kind === kind ? thing : undefined;
  }

  server(id: string): Server | undefined {
    const thing = this.find('server', id);
    return thing === undefined ? undefined : (thing as Server);
  }

  /** The server that a port belongs to. */
  serverOf(port: Thing): Server | undefined {
    return this.server(String(port.body.device_id));
  }

  /** What is done by and by. */
  later(work: () => Promise<void> | void): void {
    const running = systemClock
      .sleep(this.settings.pace, this.#ended.signal)
      .then(work)
      .catch(error => {
        if (!this.#ended.signal.aborted) process.stderr.write(`simulator: ${String(error)}\n`);
      })
      .finally(() => this.#working.delete(running));
    this.#working.add(running);
  }

  /** Everything that exists, as `kind id`. */
  census(): readonly string[] {
    return [...this.things.values()].map(({ kind, id }) => `${kind} ${id}`);
  }

  /** kola's tags of everything that has some. */
  tagged(): ReadonlyMap<string, Readonly<Record<string, string>>> {
    return new Map(
      [...this.things.values()].map(thing => [`${thing.kind} ${thing.id}`, factsOf(thing)] as const),
    );
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await Promise.allSettled(this.#working);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const factsOf = ({ kind, body }: Thing): Readonly<Record<string, string>> => {
  if (kind === 'server' || kind === 'volume') return body.metadata as Record<string, string>;
  if (kind === 'image') return body as Record<string, string>;
  return readFactText(String((kind === 'keypair' ? body.public_key : body.description) ?? ''));
};

/** A description as kola writes it, for things that tests put there. */
export const describedAs = (facts: Readonly<Record<string, string>>): string => factText(facts);

/** A page of a list, as `limit` and `marker` ask for it. */
export const pageOf = (
  world: World,
  items: readonly Thing[],
  { query }: RestCall,
): { readonly items: readonly Thing[]; readonly more: boolean } => {
  const marker = query.get('marker');
  const from = marker === null ? 0 : items.findIndex(({ id }) => id === marker) + 1;
  const size = Math.min(Number(query.get('limit') ?? world.settings.pageSize), world.settings.pageSize);
  return { items: items.slice(from, from + size), more: items.length > from + size };
};

/** Carries out what a request of the right shape asks for. */
export const checked = <T>(
  schema: z.ZodType<T>,
  body: unknown,
  refuse: (message: string) => SimAnswer,
  work: (value: T) => SimAnswer | Promise<SimAnswer>,
): SimAnswer | Promise<SimAnswer> => {
  const read = schema.safeParse(body);
  if (read.success) return work(read.data);
  const issue = read.error.issues[0];
  return refuse(`Invalid input for field/attribute ${issue?.path.join('.')}. ${issue?.message}`);
};
