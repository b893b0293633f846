import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import type { UserData } from '../../core/user-data.ts';
import type { SpawnRequest, SpawnSession } from '../../run/spawn-request.ts';
import { choosePlatforms } from '../choose-platforms.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { discoverPlatforms } from '../discover.ts';
import { platformOptions } from '../options/platform.ts';
import { releaseImageOptions } from '../options/release.ts';
import { accessOptions } from '../options/run.ts';
import { targetOptions } from '../options/selection.ts';
import { spawnOptions } from '../options/spawn.ts';
import { checkFixedValues } from '../options/values.ts';
import { runRequest } from '../run-request.ts';
import type { Settings } from '../settings/settings.ts';
import { openShell, sshCommandLine } from '../ssh-shell.ts';
import { listenForStop } from '../stop.ts';
import type { Terminal } from '../terminal.ts';

const run = async ({ settings, terminal, argv }: CommandInput): Promise<ExitCode> => {
  checkFixedValues(settings);
  const machines = settings.integer('nodecount', 1) ?? 1;
  const userData = await readUserData(settings, terminal.cwd);
  const platforms = choosePlatforms(settings, await discoverPlatforms());
  using stop = listenForStop(terminal);
  const request = await runRequest({
    settings,
    terminal,
    argv,
    platforms,
    scenarios: [],
    selection: { patterns: [], tags: [], multiply: 1 },
    signal: stop.signal,
  });
  const [target, ...others] = request.targets;
  if (target === undefined || others.length > 0)
    throw new UsageError(
      'spawn-targets',
      `kola spawn: expected one platform and board, found ${request.targets.length}`,
    );
  const [{ executeSpawn }, { realMachines }] = await Promise.all([
    import('../../run/spawn.ts'),
    import('../../run/real-machines.ts'),
  ]);
  const spawnRequest: SpawnRequest = {
    ...request,
    target,
    machines,
    userData,
    ports: realMachines,
    keep: settings.on('detach') || settings.on('keep') || !settings.on('remove'),
    log: line => terminal.err(line),
  };
  // Awaited here: what listens for signals goes when this function returns.
  return await live(await executeSpawn(spawnRequest), spawnRequest.keep, settings, terminal, stop.signal);
};

/** Shell, waiting or leaving, as the flags say; in the end the machines go, unless they shall stay. */
const live = async (
  session: SpawnSession,
  stays: boolean,
  settings: Settings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> => {
  let orderly = false;
  try {
    for (const machine of session.machines) terminal.out(`${machine.role}: ${sshCommandLine(machine)}`);
    const [first] = session.machines;
    if (!settings.on('detach') && settings.on('shell') && first !== undefined) await openShell(first, signal);
    else if (!settings.on('detach')) await untilStopped(session, signal);
    orderly = !signal.aborted;
  } finally {
    if (stays && orderly) await session.detach();
    else await session.end();
  }
  if (stays && orderly) terminal.err('The machines stay up; the next kola run or spawn removes them.');
  // Ctrl-C is how a session without a shell is meant to end.
  return signal.aborted && settings.on('shell') ? exitCode.interrupted : exitCode.passed;
};

const untilStopped = async (session: SpawnSession, signal: AbortSignal): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => resolve(undefined), { once: true });
  if (signal.aborted) resolve(undefined);
  const gone = await Promise.race([promise, session.gone]);
  if (gone !== undefined) throw gone;
};

const readUserData = async (settings: Settings, cwd: string): Promise<UserData> => {
  const path = settings.text('userdata');
  if (path === undefined) return { kind: 'default' };
  const [{ detectUserData }, { runButane }] = await Promise.all([
    import('../../machine/user-data/detect.ts'),
    import('../../machine/user-data/butane/program.ts'),
  ]);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(resolve(cwd, path));
  } catch (error) {
    throw new UsageError('userdata', `${settings.origin('userdata')}: the file cannot be read`, {
      cause: error,
    });
  }
  const filesDir = dirname(resolve(cwd, path));
  const translated = await runButane(bytes, filesDir);
  return detectUserData(translated ?? bytes, { filesDir });
};

export const command: CommandModule = {
  configurable: true,
  after: [
    'Examples:',
    '  kola spawn --image=reference',
    '  kola spawn --image=flatcar.img -c 2 --userdata=config.ign --shell=false',
  ].join('\n'),
  options: async () => [
    ...spawnOptions,
    ...targetOptions,
    ...releaseImageOptions,
    { name: 'output-dir', value: 'dir', description: 'folder for console logs instead of _kola_temp/…' },
    { name: 'remove', short: 'r', fallback: true, description: 'remove the machines at the end' },
    ...accessOptions,
    ...platformOptions(await discoverPlatforms()),
  ],
  run,
};
