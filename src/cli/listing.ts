import type { Reason } from '../core/event.ts';
import type { ImageManifest } from '../core/image.ts';
import type { PlatformDefinition } from '../core/platform.ts';
import type { Scenario } from '../core/scenario.ts';
import { type Arch, type Target, targetKey } from '../core/target.ts';
import { whyNot } from '../plan/select.ts';
import type { SelectionRequest } from '../plan/selection.ts';
import type { FoundScenario } from './discover.ts';

export interface ListingTarget {
  readonly platform: PlatformDefinition;
  readonly arch: Arch;
  readonly channel: string;
  /** Undefined: the image is not known, and is taken for one that provides everything. */
  readonly manifest: ImageManifest | undefined;
}

/** A scenario as `kola list` shows it. */
export interface ListedScenario {
  readonly found: FoundScenario;
  /** Selected on at least one target. */
  readonly selected: boolean;
  /** Why not, on the first target; undefined when selected. */
  readonly reason: Reason | undefined;
  readonly targets: readonly { readonly target: string; readonly reason: Reason | undefined }[];
}

/** Judges every scenario on every target, as a run with the same flags would. */
export const listScenarios = (
  scenarios: readonly FoundScenario[],
  targets: readonly ListingTarget[],
  request: SelectionRequest,
): readonly ListedScenario[] =>
  scenarios.map(found => {
    const judged = targets.map(target => ({
      target: targetKey({ platform: target.platform.name, arch: target.arch, channel: target.channel }),
      reason: judge(found.scenario, target, request),
    }));
    const selected = judged.some(({ reason }) => reason === undefined);
    return { found, selected, reason: selected ? undefined : judged[0]?.reason, targets: judged };
  });

const judge = (scenario: Scenario, target: ListingTarget, request: SelectionRequest): Reason | undefined => {
  const manifest = target.manifest ?? anyImage(scenario, target);
  return whyNot(
    // Of an image that nobody named the version is not known: no window can speak against it.
    target.manifest === undefined ? withoutVersions(scenario) : scenario,
    {
      target: describe(target, manifest),
      manifest,
      capabilities: target.platform.capabilities,
      platformAliases: target.platform.aliases,
    },
    request,
  );
};

const withoutVersions = ({ versions: _, ...scenario }: Scenario): Scenario => scenario;

const describe = ({ platform, arch, channel }: ListingTarget, manifest: ImageManifest): Target => ({
  platform: platform.name,
  arch,
  channel,
  image: { name: manifest.name, kind: manifest.kind, digest: '', version: manifest.version },
});

const anyImage = (scenario: Scenario, target: ListingTarget): ImageManifest => ({
  schema: 1,
  name: 'any',
  kind: 'flatcar',
  title: 'any image',
  version: 'unknown',
  arch: target.arch,
  disk: { file: '', format: 'raw', sha256: '' },
  osRelease: { id: 'flatcar' },
  selinux: { policy: 'targeted', enforcing: false },
  provides: [...(scenario.needs.capabilities ?? [])],
  userData: [...target.platform.capabilities.userData],
  usrHash: { where: 'kernel' },
  bootLog: { console: null, kernel: false, systemd: false },
  firmware: [],
});
