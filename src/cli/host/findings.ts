import type { Finding, PlatformDefinition } from '../../core/platform.ts';
import type { Arch } from '../../core/target.ts';
import { folderFindings, memoryFinding, nodeFinding } from './machine.ts';
import { type HostPackage, packagesFor } from './packages.ts';
import { locate, missingOf } from './presence.ts';

/** What kola itself needs of this machine; the platforms add what they find. */
export const hostFindings = (
  arches: readonly Arch[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): readonly Finding[] => [
  nodeFinding(),
  memoryFinding(),
  ...folderFindings(cwd, env),
  ...packagesFor(['run', 'build'], arches).map(one => packageFinding(one, env.PATH)),
];

export const packageFinding = (one: HostPackage, path: string | undefined): Finding => {
  const missing = missingOf(one, path);
  const vital = one.vital === true;
  if (missing.length === 0) {
    const places = one.brings.map(name => locate(name, path)).join(', ');
    return { id: one.name, state: 'present', detail: `${places}: ${one.why}`, vital };
  }
  return {
    id: one.name,
    state: 'missing',
    detail: `${missing.join(', ')} not found: ${one.why}`,
    mend: `kola setup, or apt-get install ${one.name}`,
    vital,
  };
};

/** What the platforms found. */
export const platformFindings = async (
  platforms: readonly PlatformDefinition[],
  arches: readonly Arch[],
): Promise<readonly Finding[]> =>
  (await Promise.all(platforms.map(platform => platform.probe?.(arches) ?? []))).flat();
