import type { Finding, PlatformDefinition } from '../../core/platform.ts';
import type { Arch } from '../../core/target.ts';
import { cacheRoot, stateRoot } from '../kola-folders.ts';
import { folderFindings, nodeFinding } from './machine.ts';
import { type HostPackage, packagesFor } from './packages.ts';
import { locate, missingOf } from './presence.ts';

/** What kola itself needs of this machine; the platforms answer for what they need. */
export const hostFindings = (
  arches: readonly Arch[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly Finding[] => [
  nodeFinding(),
  ...folderFindings(cwd, env),
  ...packagesFor(['shell', 'build'], arches).map(one => packageFinding(one, env.PATH)),
];

export const packageFinding = (one: HostPackage, path: string | undefined): Finding => {
  const missing = missingOf(one, path);
  if (missing.length === 0) {
    const places = one.brings.map(name => locate(name, path)).join(', ');
    return { id: one.name, state: 'present', detail: `${places}: ${one.why}`, vital: false };
  }
  return {
    id: one.name,
    state: 'missing',
    detail: `${missing.join(', ')} not found: ${one.why}`,
    mend: `kola setup, or apt-get install ${one.name}`,
    // Images made elsewhere run without them.
    vital: false,
  };
};

/** What the platforms found. */
export const platformFindings = async (
  platforms: readonly PlatformDefinition[],
  arches: readonly Arch[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly Finding[]> => {
  const folders = { stateDir: stateRoot(env), cacheDir: cacheRoot(env) };
  return (await Promise.all(platforms.map(platform => platform.probe?.(arches, folders) ?? []))).flat();
};
