import type { IgnitionConfig } from '../../../core/ignition.ts';
import type { Complaint } from './json-path.ts';

interface Named {
  readonly path: string;
  readonly key: string;
}

const named = <T>(
  list: readonly T[] | undefined,
  at: string,
  key: (entry: T) => string | undefined,
): Named[] =>
  (list ?? []).flatMap((entry, index) => {
    const found = key(entry);
    return found === undefined ? [] : [{ path: `${at}[${index}]`, key: found }];
  });

const twice = (entries: readonly Named[], what: string): Complaint[] => {
  const first = new Map<string, string>();
  return entries.flatMap(({ path, key }) => {
    const before = first.get(key);
    if (before === undefined) first.set(key, path);
    return before === undefined
      ? []
      : [{ path, problem: `${what} ${key} again, as in ${before}`, unknown: false }];
  });
};

/** Entries of a config that contradict each other: one path, device or name written twice. */
export const duplicates = (config: IgnitionConfig): Complaint[] => {
  const { storage, passwd, systemd } = config;
  const units = systemd?.units ?? [];
  return [
    ...twice(
      [
        ...named(storage?.directories, 'storage.directories', entry => entry.path),
        ...named(storage?.files, 'storage.files', entry => entry.path),
        ...named(storage?.links, 'storage.links', entry => entry.path),
      ],
      'path',
    ),
    ...twice(
      named(storage?.disks, 'storage.disks', entry => entry.device),
      'device',
    ),
    ...twice(
      named(storage?.filesystems, 'storage.filesystems', entry => entry.device),
      'device',
    ),
    ...twice(
      named(storage?.filesystems, 'storage.filesystems', entry => entry.path),
      'mount path',
    ),
    ...twice(
      named(storage?.raid, 'storage.raid', entry => entry.name),
      'array',
    ),
    ...twice(
      named(storage?.luks, 'storage.luks', entry => entry.name),
      'volume',
    ),
    ...twice(
      named(passwd?.users, 'passwd.users', entry => entry.name),
      'user',
    ),
    ...twice(
      named(passwd?.groups, 'passwd.groups', entry => entry.name),
      'group',
    ),
    ...twice(
      named(units, 'systemd.units', entry => entry.name),
      'unit',
    ),
    ...units.flatMap((unit, index) =>
      twice(
        named(unit.dropins, `systemd.units[${index}].dropins`, entry => entry.name),
        'drop-in',
      ),
    ),
  ];
};
