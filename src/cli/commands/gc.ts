import { planCollection } from '../../cloud/gc.ts';
import { systemClock } from '../../core/clock.ts';
import type { CloudAccount, FoundResource } from '../../core/cloud-account.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { chooseAccount, durationOf } from '../cloud-account.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { discoverPlatforms } from '../discover.ts';
import { platformOptions } from '../options/platform.ts';
import { listenForStop } from '../stop.ts';
import type { Terminal } from '../terminal.ts';

const run = async ({ settings, terminal }: CommandInput): Promise<ExitCode> => {
  const scope = {
    ...scoped('run', settings.text('run')),
    ...scoped('olderThan', durationOf(settings, 'older-than')),
  };
  // A missing scope is an error before anybody is asked anything.
  planCollection([], scope, 0);
  using stop = listenForStop(terminal);
  const { account } = await chooseAccount(settings, terminal, await discoverPlatforms(), stop.signal);
  const found = await account.list(stop.signal);
  const { doomed, kept } = planCollection(found, scope, systemClock.now());
  for (const { resource, why } of kept) terminal.err(`keeps ${describe(resource)}: ${why}`);
  const dry = settings.on('dry-run');
  const failed = dry ? [] : await destroyAll(account, doomed, terminal, stop.signal);
  if (settings.on('json')) terminal.out(JSON.stringify({ doomed, kept, failed }, null, 2));
  else if (dry) for (const resource of doomed) terminal.out(`would destroy ${describe(resource)}`);
  terminal.err(summary(doomed.length, failed.length, kept.length, dry));
  return failed.length > 0 ? exitCode.infrastructure : exitCode.passed;
};

const scoped = <Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } => {
  const scope: { [K in Key]?: Value } = {};
  if (value !== undefined) scope[key] = value;
  return scope;
};

const destroyAll = async (
  account: CloudAccount,
  doomed: readonly FoundResource[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<readonly FoundResource[]> => {
  const failed: FoundResource[] = [];
  for (const resource of doomed) {
    signal.throwIfAborted();
    try {
      await account.destroy(resource, signal);
      terminal.out(`destroyed ${describe(resource)}`);
    } catch (error) {
      signal.throwIfAborted();
      failed.push(resource);
      terminal.err(`cannot destroy ${describe(resource)}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return failed;
};

const describe = ({ kind, id, name, run, owner }: FoundResource): string =>
  `${kind} ${id}${name === '' || name === id ? '' : ` ${name}`} (run ${run ?? '-'}, owner ${owner ?? '-'})`;

const summary = (doomed: number, failed: number, kept: number, dry: boolean): string =>
  dry
    ? `Would destroy ${doomed} resources and keep ${kept}`
    : `Destroyed ${doomed - failed} resources, kept ${kept}, failed at ${failed}`;

export const command: CommandModule = {
  configurable: true,
  after: [
    'Only what bears the tags of kola is looked at. --older-than spares what a live run is using: runs renew the',
    'lease in their tags. --run takes everything of one run, whatever its lease says.',
    '',
    'Examples:',
    '  kola gc --platform=aws --older-than=6h --dry-run',
    '  kola gc --platform=aws --run=abcd2345',
  ].join('\n'),
  options: async () => [
    { name: 'platform', short: 'p', value: 'name', list: true, description: 'whose account to clean up' },
    { name: 'run', value: 'id', description: 'everything that this run left' },
    { name: 'older-than', value: 'duration', description: 'what is older and expired: 90m, 6h, 2d' },
    { name: 'dry-run', description: 'say what would go, and destroy nothing' },
    { name: 'json', description: 'print JSON: {"doomed": …, "kept": …, "failed": …}' },
    ...platformOptions(await discoverPlatforms()),
  ],
  run,
};
