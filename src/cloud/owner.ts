import type { MachineId } from '../core/ids.ts';
import type { Created, Ledger } from '../core/ledger.ts';
import { faultOf, isRefusal } from './fault.ts';
import { createdKey } from './kinds.ts';
import { cloudName } from './names.ts';
import { resourceTags, type TagFacts, type Tags } from './tags.ts';

/** A resource that is about to be created: its name is the idempotency token too, and stands in the ledger. */
export interface Draft {
  readonly name: string;
  readonly tags: Tags;
}

/** Creates resources that are in the ledger before they exist, for a run or for one machine of it. */
export interface Owner {
  /**
   * `what` tells apart what has the same kind: `machine-id`, `image`. When `create` throws and the cloud said no, the
   * entry is released; when nobody knows, it stays until the resource was looked for.
   */
  create<T>(kind: string, what: string, create: (draft: Draft) => Promise<Created<T>>): Promise<T>;
  /** The tags without creating anything: for what is created along (volumes of an instance). */
  tags(name: string): Tags;
}

export interface OwnerFacts {
  readonly ledger: Ledger;
  readonly machine?: MachineId;
  /** Region, endpoint …: stands in every entry, so that a later process finds the place. */
  readonly site: Readonly<Record<string, string>>;
  readonly tagFacts: () => TagFacts;
}

/** Longest name that all kinds of resources take: EC2's client token has 64 characters, an Azure VM's name too. */
const longestName = 60;

export const makeOwner = ({ ledger, machine, site, tagFacts }: OwnerFacts): Owner => ({
  create: async (kind, what, create) => {
    const facts = tagFacts();
    const name = cloudName(facts.run, what, longestName);
    const before = new Set(ledger.open().map(({ entry }) => entry));
    try {
      const { value } = await ledger.own(
        { kind, name, detail: site, ...(machine === undefined ? {} : { machine }) },
        async () => {
          const { id, value, detail } = await create({ name, tags: resourceTags(facts, name) });
          return { id, value, detail: { ...detail, [createdKey]: String(tagFacts().created) } };
        },
      );
      return value;
    } catch (error) {
      const fault = faultOf(error);
      // `exists` is no refusal when a first try went through and its answer was lost.
      if (fault !== undefined && isRefusal(fault.kind) && fault.kind !== 'exists') {
        const refused = ledger
          .open()
          .filter(entry => !before.has(entry.entry) && entry.kind === kind && entry.name === name);
        for (const { entry, id } of refused) if (id === undefined) await ledger.release(entry);
      }
      throw error;
    }
  },
  tags: name => resourceTags(tagFacts(), name),
});
