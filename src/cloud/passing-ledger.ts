import type { RunId } from '../core/ids.ts';
import type { Ledger, OwnedResource } from '../core/ledger.ts';

/** A ledger in memory, for what a command creates outside of a run and takes back itself when it fails. */
export const passingLedger = (run: RunId, platform: string): Ledger => {
  const entries = new Map<string, OwnedResource>();
  let count = 0;
  return {
    own: async (intent, create) => {
      const entry = `${platform}-${++count}`;
      const resource: OwnedResource = { ...intent, run, platform, entry };
      entries.set(entry, resource);
      const { id, value, detail } = await create();
      entries.set(entry, { ...resource, id, detail: { ...resource.detail, ...detail } });
      return { entry, value };
    },
    release: async entry => {
      entries.delete(entry);
    },
    open: () => [...entries.values()],
  };
};
