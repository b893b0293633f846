import { z } from 'zod';
import { deleteFully } from '../../src/cloud/delete-fully.ts';
import type { ResourceKind } from '../../src/cloud/kinds.ts';
import { foundResource, managedBy, tagKeys } from '../../src/cloud/tags.ts';
import type { HetznerCloud } from './connect.ts';

const labelled = z.object({
  id: z.number(),
  labels: z.record(z.string(), z.string()),
  type: z.string().optional(),
});

/** All kinds have labels, and are listed and deleted alike. What something else still uses is asked for again. */
const kindOf = (kind: string, path: string): ResourceKind<HetznerCloud> => ({
  kind,
  list: async (cloud, signal, run) => {
    const only = run === undefined ? '' : `,${tagKeys.run}==${run}`;
    const query = {
      label_selector: `${tagKeys.managedBy}==${managedBy}${only}`,
      ...(kind === 'image' ? { type: 'snapshot' } : {}),
    };
    const key = path.slice(1);
    const found = await cloud.all(path, key, labelled, signal, query);
    return found.flatMap(({ id, labels }) => foundResource(kind, String(id), labels) ?? []);
  },
  destroy: (cloud, { id }, signal) => {
    const limits = { every: 3000, until: 600_000 };
    return deleteFully(cloud.calls, `${kind} ${id}`, limits, signal, async () => {
      await cloud.send(`DELETE ${path}`, `${path}/${id}`, z.unknown(), signal);
      // A server goes by and by.
      return kind === 'server' ? 'being deleted' : undefined;
    });
  },
});

/** Paths by kind, in the order of destruction. */
export const paths: Readonly<Record<string, string>> = {
  server: '/servers',
  image: '/images',
  'ssh-key': '/ssh_keys',
  firewall: '/firewalls',
  network: '/networks',
};

export const kinds: readonly ResourceKind<HetznerCloud>[] = Object.entries(paths).map(([kind, path]) =>
  kindOf(kind, path),
);
