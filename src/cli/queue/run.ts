import { openQueue, type QueueDatabase } from '../../queue/database.ts';
import type { QueueLocation } from '../../queue/location.ts';
import { setQuotas } from '../../queue/quota.ts';
import { remoteHosts } from '../../queue/remote.ts';
import type { RemoteHosts } from '../../run/executor.ts';
import type { RunRequest, RunSummary } from '../../run/request.ts';
import { executeRun } from '../../run/run.ts';
import { paceFor, quotasOf } from '../options/queue.ts';
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
  await using database = await openQueueWithQuotas(location, settings);
  return await executeRun(request, hostsFor(request, database, settings, terminal));
};

export const openQueueWithQuotas = async (
  location: QueueLocation,
  settings: Settings,
): Promise<QueueDatabase> => {
  const database = await openQueue(location);
  try {
    await setQuotas(database.query, quotasOf(settings));
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
  return database;
};

/** The workers on a queue, for one run. The settings say what makes its targets again on their hosts. */
export const hostsFor = (
  request: RunRequest,
  database: QueueDatabase,
  settings: Settings,
  terminal: Terminal,
): RemoteHosts => {
  const { clock, outputDir, keep, extraKeys, deadlines, selection } = request;
  return remoteHosts({
    database,
    clock,
    runDir: outputDir,
    keep,
    extraKeys,
    inputs: definedInputs(selection.inputs ?? {}),
    deadlines,
    describe: describeTarget(settings, terminal),
    ...paceFor(settings),
  });
};

const definedInputs = (inputs: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(inputs).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
