import type { Flight, Snapshot } from '../core/platform.ts';
import type { DiskNeed, Scenario } from '../core/scenario.ts';
import type { UserData } from '../core/user-data.ts';
import { canonicalJson } from '../machine/user-data/digest.ts';

/** Everything two machines have to have in common for one to be a clone of the other. */
export interface WarmShape {
  readonly userData: UserData;
  readonly user: string;
  readonly allow: Scenario['allow'];
  readonly memoryMiB: number;
  readonly vcpus: number;
  readonly threadsPerCore?: number;
  readonly primaryDiskExtraMiB: number;
  readonly disks: readonly DiskNeed[];
  /** Place in the cluster: it decides the addresses. */
  readonly index: number;
}

/** What of a scenario's allowances is in the machine, and not only in how it is judged. */
const shapeKey = ({ allow, ...shape }: WarmShape): string =>
  canonicalJson({
    ...shape,
    updates: allow.updates,
    noKey: allow.noKeyInUserData,
    permissive: allow.permissive,
  });

type WarmScenario = Pick<Scenario, 'needs' | 'allow' | 'user'>;

/** Whether a clone of a booted machine serves a scenario as well as one that boots. */
export const mayBeCloned = ({ needs }: WarmScenario): boolean =>
  needs.coldBoot !== true && needs.tpm !== true;

export const warmShape = (
  { needs, allow, user }: WarmScenario,
  userData: UserData,
  index: number,
  { defaultSize }: Pick<Flight, 'defaultSize'>,
): WarmShape => ({
  userData,
  user: user ?? 'core',
  allow,
  memoryMiB: needs.memoryMiB ?? defaultSize.memoryMiB,
  vcpus: needs.vcpus ?? defaultSize.vcpus,
  ...(needs.threadsPerCore === undefined ? {} : { threadsPerCore: needs.threadsPerCore }),
  primaryDiskExtraMiB: needs.primaryDiskExtraMiB ?? 0,
  disks: needs.disks ?? [],
  index,
});

/** The shapes of the machines that a scenario is known to start with. */
export const shapesOf = (scenario: Scenario, flight: Pick<Flight, 'defaultSize'>): readonly WarmShape[] =>
  mayBeCloned(scenario)
    ? scenario.machines.map((machine, index) =>
        warmShape(scenario, machine.userData ?? scenario.userData ?? { kind: 'default' }, index, flight),
      )
    : [];

/** How a template is come by. */
export interface TemplateSource {
  /** What an earlier run kept; `wanted` = nothing, but it asked as well. */
  recall(): Promise<Snapshot | 'wanted' | undefined>;
  /** Boots a machine and freezes it. */
  make(): Promise<Snapshot>;
}

/**
 * Machines that were booted once, frozen, and are cloned from then on. A shape pays when it is wanted twice, in this
 * run or in an earlier one too. One whose template cannot be made is booted like any other from then on, and never
 * fails a scenario.
 */
export class WarmPool {
  readonly #wanted = new Map<string, number>();
  readonly #templates = new Map<string, Promise<Snapshot | undefined>>();
  readonly #log: (line: string) => void;

  constructor(shapes: readonly WarmShape[], log: (line: string) => void) {
    this.#log = log;
    for (const shape of shapes) {
      const key = shapeKey(shape);
      this.#wanted.set(key, (this.#wanted.get(key) ?? 0) + 1);
    }
  }

  /** The template of a shape, sought or made by the first who asks; undefined = boot. */
  async template(shape: WarmShape, source: TemplateSource): Promise<Snapshot | undefined> {
    const key = shapeKey(shape);
    const known = this.#templates.get(key) ?? this.#find(this.#wanted.get(key) ?? 0, source);
    this.#templates.set(key, known);
    return await known;
  }

  /**
   * A template that turned out to be of no use. One of an earlier run is made anew by the next who asks; after one
   * of this run, machines of its shape boot.
   */
  async discard(shape: WarmShape, template: Snapshot, problem: string): Promise<void> {
    const key = shapeKey(shape);
    const known = await this.#templates.get(key);
    if (known?.machine !== template.machine) return;
    this.#log(`Gave up a snapshot: ${problem}`);
    if (template.kept === true) this.#templates.delete(key);
    else this.#templates.set(key, Promise.resolve(undefined));
  }

  async #find(wanted: number, source: TemplateSource): Promise<Snapshot | undefined> {
    try {
      const recalled = await source.recall();
      if (typeof recalled === 'object') return recalled;
      return wanted > 1 || recalled === 'wanted' ? await source.make() : undefined;
    } catch (error) {
      this.#log(`Made no snapshot: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }
}
