import type { ExitCode } from '../../core/outcome.ts';
import { codeRoot } from '../../core/package-root.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { discoverPlatforms, discoverScenarios, scenarioFolders } from '../discover.ts';
import { gateOptions } from '../options/gate.ts';
import { platformOptions } from '../options/platform.ts';
import { queueOptions } from '../options/queue.ts';
import { releaseImageOptions } from '../options/release.ts';
import { accessOptions, runOptions } from '../options/run.ts';
import { scenarioOptions } from '../options/selection.ts';
import { embargoedOption, policyOptions, storeOption } from '../options/store.ts';
import { placeOptions } from '../release/settings.ts';
import { listenForStop } from '../stop.ts';

const run = async (input: CommandInput): Promise<ExitCode> => {
  const { settings, terminal } = input;
  const [platforms, found] = await Promise.all([
    discoverPlatforms(),
    discoverScenarios(codeRoot(), scenarioFolders(settings, terminal.cwd)),
  ]);
  using stop = listenForStop(terminal);
  const [{ release }, { executeRun }, { realMachines }] = await Promise.all([
    import('../release/release.ts'),
    import('../../run/run.ts'),
    import('../../run/real-machines.ts'),
  ]);
  return await release(input, {
    platforms,
    scenarios: found.map(({ scenario }) => scenario),
    ports: realMachines,
    execute: executeRun,
    signal: stop.signal,
  });
};

/** What the verdict takes besides the policy: as `kola gate` has it. */
const ofGate = new Set(['previous', 'emergency', 'set-aside', 'json', 'markdown']);

export const command: CommandModule = {
  positional: '[glob...]',
  configurable: true,
  after: [
    'Finds and verifies the images of a release, runs the matrix of the channel, and ends in the verdict of the gate:',
    'exit code 7 = NO-GO, 8 = UNDECIDED; on GO that of the run. Reports of all places are one.',
    '',
    'Examples:',
    '  kola release --channel=beta --version=current --max-cost=25',
    '  kola release --channel=stable --version=4459.2.1 --platform=qemu --arch=amd64',
    '  kola release --channel=beta --version=4799.1.0 --platform=aws --shard=1/2 --no-verdict',
  ].join('\n'),
  options: async () => [
    ...placeOptions,
    {
      name: 'max-cost',
      value: 'USD',
      description: 'start no more machines when this much is spent or in use; what runs ends by itself',
      group: 'Release',
    },
    {
      name: 'verdict',
      fallback: true,
      description: 'end in the verdict; --no-verdict runs a part, to be merged and judged with the others',
      group: 'Release',
    },
    ...gateOptions.filter(({ name }) => ofGate.has(name)),
    ...scenarioOptions,
    ...runOptions.filter(({ name }) => name !== 'tapfile'),
    ...accessOptions,
    ...queueOptions,
    storeOption,
    embargoedOption,
    ...policyOptions,
    ...releaseImageOptions,
    ...platformOptions(await discoverPlatforms()),
  ],
  run,
};
