import { systemClock } from '../core/clock.ts';
import type { CloudAccount } from '../core/cloud-account.ts';
import { UsageError } from '../core/errors.ts';
import type { PlatformDefinition } from '../core/platform.ts';
import { choosePlatforms } from './choose-platforms.ts';
import { platformSettings } from './platform-settings.ts';
import type { Settings } from './settings/settings.ts';
import type { Terminal } from './terminal.ts';

export interface ChosenAccount {
  readonly platform: PlatformDefinition;
  readonly account: CloudAccount;
  /** As its adapter parsed them. */
  readonly options: unknown;
}

/** The account behind the one platform that `--platform` names. */
export const chooseAccount = async (
  settings: Settings,
  terminal: Terminal,
  known: readonly PlatformDefinition[],
  signal: AbortSignal,
): Promise<ChosenAccount> => {
  const clouds = known.filter(({ account }) => account !== undefined);
  const [platform, ...more] = choosePlatforms(settings, known);
  if (platform?.account === undefined || more.length > 0)
    throw new UsageError(
      'no-account',
      `--platform: expected one platform with an account, found ${settings.list('platform').join(',')}`,
      { hint: `platforms with accounts: ${clouds.map(({ name }) => name).join(', ')}` },
    );
  const options = await platformSettings(platform, settings);
  const account = await platform.account({ options, clock: systemClock, signal, log: terminal.err });
  return { platform, account, options };
};

/** Milliseconds from `90m`, `6h`, `2d`. */
export const durationOf = (settings: Settings, name: string): number | undefined => {
  const text = settings.text(name);
  if (text === undefined) return undefined;
  const match = /^(\d+)([mhd])$/.exec(text);
  if (match === null) throw settings.wrong(name, 'a duration such as 90m, 6h or 2d');
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] ?? 'm'] ?? 0;
  return Number(match[1]) * unit;
};
