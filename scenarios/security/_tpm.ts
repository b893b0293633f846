import { minutes } from '../../src/core/clock.ts';
import type { Scenario, ScenarioContext, ScenarioSpec } from '../../src/core/scenario.ts';
import { scenario } from '../../src/core/scenario.ts';
import { dataDisk } from '../../src/machine/guest/encrypted-volume.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';

type TpmSpec = Pick<ScenarioSpec, 'name' | 'description' | 'userData' | 'allow' | 'sabotage'> & {
  readonly capabilities: readonly string[];
  readonly from?: string;
  readonly disk?: boolean;
  run(t: ScenarioContext): Promise<void>;
};

/** What the scenarios about a TPM have in common: a machine that has one, and boots for it alone. */
export const tpmScenario = ({ capabilities, from = '3913.0.1', disk = true, ...spec }: TpmSpec): Scenario =>
  scenario({
    ...spec,
    tags: ['security', 'storage', 'tpm', 'reboot'],
    platforms: local,
    versions: { from },
    needs: { capabilities, tpm: true, coldBoot: true, ...(disk ? { disks: [dataDisk] } : {}) },
    timeout: minutes(15),
  });
