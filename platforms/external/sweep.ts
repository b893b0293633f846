import { sweepCloud } from '../../src/cloud/sweep.ts';
import { HarnessError } from '../../src/core/errors.ts';
import type { OwnedResource } from '../../src/core/ledger.ts';
import type { SweepContext } from '../../src/core/platform.ts';
import { kinds } from './driver.ts';

/** With the command that the run had been given. */
export const sweepExternal = (
  resources: readonly OwnedResource[],
  context: SweepContext,
): Promise<readonly string[]> =>
  sweepCloud(resources, context, kinds, ['run', 'deprovision'], async ({ run = '', deprovision }) => {
    if (deprovision === undefined)
      throw new HarnessError('external-ledger', 'the ledger does not say how to deprovision');
    return { run, deprovision, consoles: new Map() };
  });
