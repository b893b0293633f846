import type { Guest } from '../guests.ts';

export interface Droplet {
  readonly id: number;
  readonly name: string;
  readonly size: string;
  readonly image: number;
  readonly tags: Set<string>;
  readonly userData: string | undefined;
  readonly keys: readonly string[];
  readonly created: string;
  status: 'new' | 'active' | 'off';
  guest: Guest | undefined;
}

export interface Image {
  readonly id: number;
  name: string;
  description: string;
  readonly region: string;
  readonly created: string;
  status: 'NEW' | 'pending' | 'available' | 'deleted';
  error: string;
  /** Raw disk, once it was fetched. */
  file: string | undefined;
  bytes: number;
}

export interface Key {
  readonly id: number;
  name: string;
  readonly publicKey: string;
  readonly fingerprint: string;
}

export interface Firewall {
  readonly id: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly created: string;
}

export const region = 'sfo3';

export const sizes = [
  { slug: 's-1vcpu-1gb', memory: 1024, vcpus: 1, disk: 25, price: 0.00893 },
  { slug: 's-2vcpu-2gb', memory: 2048, vcpus: 2, disk: 60, price: 0.02679 },
  { slug: 's-4vcpu-8gb', memory: 8192, vcpus: 4, disk: 160, price: 0.07143 },
] as const;
