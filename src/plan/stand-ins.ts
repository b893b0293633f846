import type { ImageManifest } from '../core/image.ts';
import type { Scenario } from '../core/scenario.ts';

/** What a scenario needs that the image has from a stand-in only: its pass says nothing about the real thing. */
export const standInsOf = (
  { needs }: Pick<Scenario, 'needs'>,
  { standIns = [] }: Pick<ImageManifest, 'standIns'>,
): { readonly standIns?: string[] } => {
  const names = (needs.capabilities ?? []).filter(name => standIns.includes(name));
  return names.length === 0 ? {} : { standIns: names };
};
