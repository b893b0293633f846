import type { MachineId, RunId } from './ids.ts';

/** What can be left behind and has to be found again: a process, a folder, an instance, a key … */
export interface ResourceIntent {
  /** `process`, `folder`, `instance`, `key-pair` … in the platform's own words. */
  readonly kind: string;
  /** A name that the platform can search for when the answer to the create call was lost. */
  readonly name: string;
  readonly machine?: MachineId;
  /** What finding and destroying it needs and neither name nor id say (region, start time of a process …). */
  readonly detail?: Readonly<Record<string, string>>;
}

/** A resource in the ledger. `id` is missing between the intent and the answer to the create call. */
export interface OwnedResource extends ResourceIntent {
  readonly run: RunId;
  readonly platform: string;
  /** Key of this entry. */
  readonly entry: string;
  readonly id?: string;
}

/** The answer to a create call, as the ledger keeps it. */
export interface Created<T> {
  readonly id: string;
  readonly value: T;
  /** Added to the detail of the intent. */
  readonly detail?: Readonly<Record<string, string>>;
}

/**
 * Everything a run creates goes through here: the intent is on disk before the create call, the id after it.
 * A later process can then destroy what this one left.
 */
export interface Ledger {
  /** Writes the intent, calls `create`, writes the id. When `create` throws, the intent stays until {@link release}. */
  own<T>(
    intent: ResourceIntent,
    create: () => Promise<Created<T>>,
  ): Promise<{ readonly entry: string; readonly value: T }>;
  /** The resource is gone, or never came to be. */
  release(entry: string): Promise<void>;
  /** Entries not released yet, oldest first. */
  open(): readonly OwnedResource[];
}
