import { BlockedError } from '../core/errors.ts';
import type { ImageManifest } from '../core/image.ts';
import type { ScenarioNeeds } from '../core/scenario.ts';
import type { ExternalProbes } from '../core/services.ts';

type Needs = Pick<ScenarioNeeds, 'external' | 'externalWithout'>;

/** What has to be reachable for an image that provides this. */
const externalNeeds = (needs: Needs, provides: readonly string[]): readonly string[] => [
  ...(needs.external ?? []),
  ...Object.entries(needs.externalWithout ?? {}).flatMap(([capability, external]) =>
    provides.includes(capability) ? [] : external,
  ),
];

/** A service outside the test network that is away blocks a scenario, before any machine is made for it. */
export const needExternal = async (
  needs: Needs,
  { provides }: Pick<ImageManifest, 'provides'>,
  probes: ExternalProbes,
  signal: AbortSignal,
): Promise<void> => {
  for (const need of externalNeeds(needs, provides)) {
    const answer = await probes.reach(need, signal);
    if (!answer.reachable) throw new BlockedError(answer.reason);
  }
};
