import { discoverPlatforms } from '../discover.ts';
import { commonOptions } from './common.ts';
import { webhookOptions } from './gate.ts';
import { platformOptions } from './platform.ts';
import { proveOptions } from './prove.ts';
import { queueOptions } from './queue.ts';
import { releaseImageOptions } from './release.ts';
import { accessOptions, runOptions } from './run.ts';
import { scenarioOptions, targetOptions } from './selection.ts';
import { spawnOptions } from './spawn.ts';
import type { OptionSpec } from './spec.ts';
import { embargoedOption, policyOptions, storeOption } from './store.ts';

/** Every key that kola.yaml may have, whichever command reads it. */
export const fileOptions = async (): Promise<readonly OptionSpec[]> => [
  ...targetOptions,
  ...releaseImageOptions,
  ...scenarioOptions,
  ...runOptions,
  ...proveOptions.filter(({ name }) => !runOptions.some(known => known.name === name)),
  ...accessOptions,
  ...spawnOptions,
  ...queueOptions,
  storeOption,
  embargoedOption,
  ...policyOptions,
  ...webhookOptions,
  ...commonOptions,
  ...platformOptions(await discoverPlatforms()),
];
