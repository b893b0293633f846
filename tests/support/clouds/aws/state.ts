import type { Guest } from '../guests.ts';

export type Tags = Map<string, string>;

/** Anything with an id and tags. `hidden` counts how often it is still not found: eventual consistency. */
export interface Thing {
  readonly kind: string;
  readonly id: string;
  readonly tags: Tags;
  hidden: number;
}

export interface Snapshot extends Thing {
  readonly gib: number;
  /** Sparse file with the blocks that were put. */
  readonly file: string;
  readonly blocks: Set<number>;
  state: 'pending' | 'completed';
}

/** What it does and when, as the API has it. */
export interface Schedule extends Thing {
  readonly body: { readonly Description: string; readonly ScheduleExpression: string };
}

export interface Image extends Thing {
  readonly name: string;
  readonly description: string;
  readonly architecture: string;
  readonly bootMode: string;
  readonly rootDevice: string;
  readonly snapshot: string;
  readonly gib: number;
  readonly created: string;
}

export interface KeyPair extends Thing {
  readonly name: string;
  readonly publicKey: string;
}

export interface SecurityGroup extends Thing {
  readonly name: string;
  readonly vpc: string;
  readonly rules: {
    readonly protocol: string;
    readonly from?: string;
    readonly to?: string;
    readonly source: string;
  }[];
}

export interface Volume extends Thing {
  readonly gib: number;
  instance: string | undefined;
}

export interface Instance extends Thing {
  readonly type: string;
  readonly image: string;
  readonly subnet: string;
  readonly group: string;
  readonly keyName: string | undefined;
  readonly userData: string | undefined;
  readonly launched: string;
  /** Absent = On-Demand. */
  readonly lifecycle?: 'spot';
  state: 'pending' | 'running' | 'shutting-down' | 'terminated';
  /** `performance.now()` at which the state goes on to the next. */
  until: number;
  reason: string | undefined;
  guest: Guest | undefined;
}

let count = 0;

/** `i-0000000000000001a`: the vendor's form, with a number that tells the order. */
export const newId = (prefix: string): string => `${prefix}-${(++count).toString(16).padStart(17, '0')}`;

export const account = '123456789012';
export const region = 'us-east-1';
export const vpc = 'vpc-00000000000000001';
export const subnets = [
  { id: 'subnet-0000000000000000a', zone: 'us-east-1a' },
  { id: 'subnet-0000000000000000b', zone: 'us-east-1b' },
] as const;

/** The quota that counts the vCPUs of all types below. */
export const standardQuota = 'L-1216C47A';

export const instanceTypes: Readonly<
  Record<string, { readonly arch: string; readonly mib: number; readonly vcpus: number }>
> = {
  't3.small': { arch: 'x86_64', mib: 2048, vcpus: 2 },
  't3.medium': { arch: 'x86_64', mib: 4096, vcpus: 2 },
  'm4.2xlarge': { arch: 'x86_64', mib: 32_768, vcpus: 8 },
  'a1.large': { arch: 'arm64', mib: 4096, vcpus: 2 },
};
