import { z } from 'zod';
import type { Arch } from '../../core/target.ts';
import { file, type IgnitionParts, link } from '../user-data/ignition/builders.ts';

const bakery = 'https://extensions.flatcar.org/extensions';

/** How the bakery of extensions writes architectures. */
export const bakeryArch = (arch: Arch): string => (arch === 'amd64' ? 'x86-64' : 'arm64');

/** An extension of the bakery, fetched by Ignition and merged as `name`. */
export const bakedExtension = (name: string, version: string, arch: Arch): IgnitionParts => {
  const image = `${name}-${version}-${bakeryArch(arch)}.raw`;
  return {
    files: [file(`/opt/extensions/${name}/${image}`, { source: `${bakery}/${image}` })],
    links: [link(`/etc/extensions/${name}.raw`, `/opt/extensions/${name}/${image}`)],
  };
};

/** Parts of several configs as one. */
export const together = (...parts: readonly IgnitionParts[]): IgnitionParts => ({
  files: parts.flatMap(part => part.files ?? []),
  links: parts.flatMap(part => part.links ?? []),
  units: parts.flatMap(part => part.units ?? []),
});

const nodesSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      }),
    }),
  ),
});

export interface NodeCount {
  readonly ready: number;
  readonly notReady: number;
}

/** Counts the nodes of `kubectl get nodes -o json` by their condition `Ready`. */
export const countNodes = (json: string): NodeCount => {
  const { items } = nodesSchema.parse(JSON.parse(json));
  const ready = items.filter(({ status }) =>
    status.conditions.some(condition => condition.type === 'Ready' && condition.status === 'True'),
  ).length;
  return { ready, notReady: items.length - ready };
};

const podsSchema = z.object({
  items: z.array(
    z.object({ metadata: z.object({ name: z.string() }), status: z.object({ phase: z.string() }) }),
  ),
});

/** Names of pods in `kubectl get pods -o json` that are neither running nor done; none at all is no good sign. */
export const unfinishedPods = (json: string): readonly string[] => {
  const { items } = podsSchema.parse(JSON.parse(json));
  if (items.length === 0) return ['(no pod)'];
  return items
    .filter(({ status }) => !['Running', 'Succeeded'].includes(status.phase))
    .map(({ metadata, status }) => `${metadata.name}: ${status.phase}`);
};

/** `kubectl` as the user that set the cluster up. */
export const kubectl = (words: string): string =>
  `sudo KUBECONFIG=/etc/kubernetes/admin.conf kubectl ${words}`;
