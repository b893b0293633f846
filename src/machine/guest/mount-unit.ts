import type { IgnitionUnit } from '../../core/ignition.ts';
import { unit } from '../user-data/ignition/builders.ts';

export interface MountOptions {
  readonly type: string;
  readonly options?: string;
  /** The target that pulls it in. */
  readonly target?: string;
}

/** `/var/lib/data` → `var-lib-data`, as systemd-escape --path does for paths of plain letters. */
const escaped = (path: string): string => path.slice(1).replaceAll('-', '\\x2d').replaceAll('/', '-');

/** An enabled mount unit for a device at a path. */
export const mountUnit = (
  what: string,
  where: string,
  { type, options, target }: MountOptions,
): IgnitionUnit => {
  const pulledInBy = target ?? 'local-fs.target';
  return unit(`${escaped(where)}.mount`, {
    enabled: true,
    contents: [
      '[Unit]',
      `Before=${pulledInBy}`,
      '',
      '[Mount]',
      `What=${what}`,
      `Where=${where}`,
      `Type=${type}`,
      ...(options === undefined ? [] : [`Options=${options}`]),
      '',
      '[Install]',
      `RequiredBy=${pulledInBy}`,
      '',
    ].join('\n'),
  });
};
