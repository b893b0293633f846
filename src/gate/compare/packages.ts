import { compareText } from '../canonical.ts';
import { comparePackageVersions } from './package-version.ts';

export interface PackageChange {
  /** `category/name`. */
  readonly name: string;
  readonly kind: 'added' | 'removed' | 'upgraded' | 'downgraded';
  readonly before: string | null;
  readonly after: string | null;
}

/** `category/name-1.2.3-r1::repository`, as in `flatcar_production_image_packages.txt`. */
const packageLine =
  /^([A-Za-z0-9+_.-]+\/[A-Za-z0-9+_-]+?)-(\d[0-9A-Za-z._]*(?:-r\d+)?)(?::[^:\s]+)?(?:::\S+)?$/;

/** Highest version by package; lines that are no packages are left out. */
export const parsePackages = (lines: readonly string[]): Map<string, string> => {
  const found = new Map<string, string>();
  for (const line of lines) {
    const [, name, version] = packageLine.exec(line.trim()) ?? [];
    if (name === undefined || version === undefined) continue;
    const known = found.get(name);
    if (known === undefined || comparePackageVersions(version, known) > 0) found.set(name, version);
  }
  return found;
};

/** What changed between two package lists, by name. */
export const diffPackages = (before: readonly string[], after: readonly string[]): PackageChange[] => {
  const [old, fresh] = [parsePackages(before), parsePackages(after)];
  const names = [...new Set([...old.keys(), ...fresh.keys()])].sort(compareText);
  return names.flatMap((name): PackageChange[] => {
    const [from, to] = [old.get(name) ?? null, fresh.get(name) ?? null];
    if (from === null) return [{ name, kind: 'added', before: null, after: to }];
    if (to === null) return [{ name, kind: 'removed', before: from, after: null }];
    const order = comparePackageVersions(to, from);
    if (order === 0) return [];
    return [{ name, kind: order > 0 ? 'upgraded' : 'downgraded', before: from, after: to }];
  });
};
