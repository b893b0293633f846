import { openQueue } from '../../queue/database.ts';
import type { QueueLocation } from '../../queue/location.ts';
import { pace } from '../../queue/pace.ts';
import { setQuotas } from '../../queue/quota.ts';
import { remoteHosts } from '../../queue/remote.ts';
import type { RunRequest, RunSummary } from '../../run/request.ts';
import { executeRun } from '../../run/run.ts';
import { quotasOf } from '../options/queue.ts';
import type { Settings } from '../settings/settings.ts';
import type { Terminal } from '../terminal.ts';
import { describeTarget } from './target.ts';

/** Runs by the workers on a queue; the run folder and the verdict are made here. */
export const runOnQueue = async (
  request: RunRequest,
  location: QueueLocation,
  settings: Settings,
  terminal: Terminal,
): Promise<RunSummary> => {
  await using database = await openQueue(location);
  await setQuotas(database.query, quotasOf(settings));
  const { clock, outputDir, keep, extraKeys, deadlines, selection } = request;
  const remote = remoteHosts({
    database,
    clock,
    runDir: outputDir,
    keep,
    extraKeys,
    inputs: definedInputs(selection.inputs ?? {}),
    deadlines,
    describe: describeTarget(settings, terminal),
    ...pace,
  });
  return await executeRun(request, remote);
};

const definedInputs = (inputs: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(inputs).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
