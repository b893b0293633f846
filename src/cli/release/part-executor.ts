import type { QueueLocation } from '../../queue/location.ts';
import type { RemoteHosts } from '../../run/executor.ts';
import type { RunRequest, RunSummary } from '../../run/request.ts';
import type { CommandInput } from '../command.ts';
import type { Settings } from '../settings/settings.ts';
import type { ReleasePart } from './execute.ts';
import type { MachineType } from './places.ts';

/** Runs the parts of a release, here or by the workers on a queue. */
export interface PartExecutor extends AsyncDisposable {
  readonly execute: (request: RunRequest, part: ReleasePart) => Promise<RunSummary>;
}

type Execute = (request: RunRequest, remote?: RemoteHosts) => Promise<RunSummary>;

/** All parts share one connection to the queue; without a queue they run in this process. */
export const partExecutor = async (
  queue: QueueLocation | undefined,
  candidate: { readonly channel: string; readonly version: string },
  execute: Execute,
  input: CommandInput,
  settingsFor: (type: MachineType, input: CommandInput) => Settings,
): Promise<PartExecutor> => {
  if (queue === undefined)
    return { execute: request => execute(request), [Symbol.asyncDispose]: async () => {} };
  const { hostsFor, openQueueWithQuotas } = await import('../queue/run.ts');
  const database = await openQueueWithQuotas(queue, input.settings);
  return {
    execute: (request, part) => {
      const settings = settingsFor(part.type, input).with(releaseOf(part, candidate), 'the release', true);
      return execute(request, hostsFor(request, database, settings, input.terminal));
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
};

/** By what a worker finds the image of a part, and the update that is installed on it. */
const releaseOf = (
  { update }: Pick<ReleasePart, 'update'>,
  { channel, version }: { readonly channel: string; readonly version: string },
): ReadonlyMap<string, string> =>
  new Map(
    update === undefined
      ? [
          ['channel', channel],
          ['image-version', version],
        ]
      : [
          ['channel', update.start.channel],
          ['image-version', update.start.version],
          ['update-of', version],
        ],
  );
