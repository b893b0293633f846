import { minutes } from '../../src/core/clock.ts';
import type { Machine } from '../../src/core/machine.ts';
import { type Scenario, type ScenarioSpec, scenario } from '../../src/core/scenario.ts';
import { builtHeader, prepareDevcontainer } from '../../src/machine/guest/devcontainer.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';

type DevcontainerSpec = Pick<ScenarioSpec, 'name' | 'description' | 'versions' | 'allow'> & {
  readonly capabilities: readonly string[];
  /** Runs the script in the container; fails when the script does. */
  readonly build: (machine: Machine) => Promise<void>;
};

/** The developer container of the running release prepares the sources of its kernel for building modules. */
export const devcontainerScenario = ({ capabilities, build, ...spec }: DevcontainerSpec): Scenario =>
  scenario({
    ...spec,
    tags: ['devcontainer', 'internet'],
    platforms: local,
    needs: {
      capabilities: ['developer-container', ...capabilities],
      external: ['internet', 'https://bincache.flatcar-linux.net/'],
      primaryDiskExtraMiB: 5 * 1024,
      memoryMiB: 2048,
    },
    timeout: minutes(60),
    run: async t => {
      await prepareDevcontainer(t, t.machine);
      await t.check('builds', () => build(t.machine));
      // A script that ended early would have left nothing.
      const made = (await t.machine.try(`test -s ${builtHeader}`)).code;
      t.equal('sources-prepared', made, 0, `test -s ${builtHeader}`);
    },
  });
