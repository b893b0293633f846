import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../src/core/errors.ts';
import type { Arch } from '../../src/core/target.ts';
import { readEventLog } from '../../src/store/import/read-log.ts';

/** What the example needs to know of a run of the reference guest. */
export interface RealRun {
  readonly version: string;
  readonly digest: string;
  readonly arch: Arch;
  readonly scenarios: readonly string[];
}

/** Reads a run folder. Throws UsageError when it is not one of the reference guest on QEMU. */
export const readRealRun = async (folder: string): Promise<RealRun> => {
  const file = join(folder, 'events.ndjson');
  const bytes = await readFile(file).catch((error: Error) => {
    throw new UsageError('no-events', `${folder} is no run folder: ${error.message}`, { cause: error });
  });
  const { events } = readEventLog(file, bytes);
  const start = events.find(event => event.type === 'run.started');
  const target = start?.targets.find(one => one.platform === 'qemu' && one.image.kind === 'reference');
  if (target === undefined || target.channel !== 'reference')
    throw new UsageError('example-run', `${folder}: expected a run of the reference guest on qemu`, {
      hint: 'make one with kola run --platform=qemu --image=reference --tag=smoke',
    });
  const plan = events.find(event => event.type === 'plan.decided');
  const scenarios = plan?.selected.filter(one => one.image.digest === target.image.digest) ?? [];
  return {
    version: target.image.version,
    digest: target.image.digest,
    arch: target.arch,
    scenarios: [...new Set(scenarios.map(one => one.scenario))],
  };
};
