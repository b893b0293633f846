import type { Guest } from '../guests.ts';

export const project = 'simulated-project';
export const region = 'us-central1';
export const zones = ['us-central1-a', 'us-central1-b'] as const;

export type Labels = Record<string, string>;

/** Anything that exists. `hidden` counts the lists that do not show it yet. */
export interface Thing {
  readonly kind: 'instance' | 'disk' | 'image' | 'firewall' | 'bucket';
  /** `zone/name` where there is a zone, else the name. */
  readonly id: string;
  labels: Labels;
  hidden: number;
}

export interface Disk extends Thing {
  readonly gb: number;
  instance: string | undefined;
}

export interface Image extends Thing {
  readonly architecture: string;
  readonly gb: number;
  /** Raw disk. */
  readonly file: string;
  readonly created: string;
}

export interface Firewall extends Thing {
  readonly rule: Readonly<Record<string, unknown>>;
  description: string;
}

export interface Bucket extends Thing {
  readonly objects: Map<string, Buffer>;
}

/** The parts of an insert request that mean something here. */
export interface InstanceRequest {
  readonly name: string;
  readonly labels?: Labels;
  readonly machineType: string;
  readonly disks: readonly {
    readonly deviceName?: string;
    readonly initializeParams: {
      readonly diskName?: string;
      readonly sourceImage?: string;
      readonly diskSizeGb?: string;
      readonly labels?: Labels;
    };
  }[];
  readonly metadata?: { readonly items?: readonly { readonly key: string; readonly value: string }[] };
  readonly scheduling?: {
    readonly maxRunDuration?: { readonly seconds?: string };
    readonly instanceTerminationAction?: string;
  };
  readonly tags?: { readonly items?: readonly string[] };
  readonly networkInterfaces: readonly { readonly network?: string; readonly nicType?: string }[];
}

export interface Instance extends Thing {
  readonly request: InstanceRequest;
  readonly zone: string;
  status: 'PROVISIONING' | 'RUNNING' | 'TERMINATED';
  guest: Guest | undefined;
}

export const machineTypes: Readonly<
  Record<string, { readonly architecture: string; readonly guestCpus: number; readonly memoryMb: number }>
> = {
  'n1-standard-2': { architecture: 'X86_64', guestCpus: 2, memoryMb: 7680 },
  'e2-standard-2': { architecture: 'X86_64', guestCpus: 2, memoryMb: 8192 },
  't2a-standard-2': { architecture: 'ARM64', guestCpus: 2, memoryMb: 8192 },
};
