import { UsageError } from '../core/errors.ts';
import type { PlatformDefinition } from '../core/platform.ts';
import { platformValues } from './options/platform.ts';
import { camelCase } from './options/spec.ts';
import type { Settings } from './settings/settings.ts';

/** The platform's own options, checked by its schema; a mistake names the flag. */
export const platformSettings = async (
  platform: PlatformDefinition,
  settings: Settings,
): Promise<unknown> => {
  const said = { ...platformValues(platform, settings), ...secureBoot(platform, settings) };
  const parsed = (await platform.options()).safeParse(said);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key = String(issue?.path[0] ?? '');
  const flag = platform.flags.find(({ name }) => camelCase(name) === key);
  const where = flag === undefined ? `options of ${platform.name}` : settings.origin(flag.name);
  throw new UsageError('platform-option', `${where}: ${issue?.message ?? 'cannot be used'}`, {
    hint: `see the options of ${platform.name} in kola run --help`,
  });
};

/**
 * `--enable-secureboot` is short for the platform's own firmware flag. Beside firmware files it changes nothing: those of
 * Flatcar with secure boot say so in their names.
 */
const secureBoot = (platform: PlatformDefinition, settings: Settings): Readonly<Record<string, string>> => {
  if (!settings.on('enable-secureboot')) return {};
  const flag = platform.flags.find(({ name }) => name.endsWith('-firmware'));
  if (flag === undefined)
    throw new UsageError('no-secureboot', `--enable-secureboot: ${platform.name} cannot choose its firmware`);
  const given = settings.said(flag.name) ? settings.text(flag.name) : undefined;
  if (given === 'bios' || given === 'uefi')
    throw new UsageError('two-firmwares', `--enable-secureboot contradicts ${settings.origin(flag.name)}`, {
      hint: 'leave one of them out',
    });
  if (given === undefined) return { [camelCase(flag.name)]: 'uefi-secure' };
  if (!/secure|secboot/i.test(given))
    throw new UsageError(
      'firmware-not-secure',
      `--enable-secureboot: expected ${settings.origin(flag.name)} to name a firmware with secure boot`,
      { hint: 'its file name has to contain "secure" or "secboot", as those of Flatcar and Debian do' },
    );
  return {};
};
