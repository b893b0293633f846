import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../core/package-root.ts';
import type { CommandModule } from '../command.ts';

/** `version` of package.json. */
export const kolaVersion = (): string => {
  const parsed: unknown = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed
    ? String(parsed.version)
    : '0.0.0';
};

export const command: CommandModule = {
  options: async () => [],
  run: async ({ terminal }) => {
    terminal.out(`kola version ${kolaVersion()}`);
    return 0;
  },
};
