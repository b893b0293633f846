import type { Flight, Snapshot } from '../core/platform.ts';
import type { DiskNeed, Scenario } from '../core/scenario.ts';
import type { UserData } from '../core/user-data.ts';
import { canonicalJson } from '../machine/user-data/digest.ts';
import type { MachineKeys } from './ports.ts';

/** Everything two machines have to have in common for one to be a clone of the other. */
export interface WarmShape {
  readonly userData: UserData;
  readonly user: string;
  readonly allow: Scenario['allow'];
  readonly memoryMiB: number;
  readonly vcpus: number;
  readonly primaryDiskExtraMiB: number;
  readonly disks: readonly DiskNeed[];
  /** Place in the cluster: it decides the addresses. */
  readonly index: number;
}

/** A machine that was booted once and frozen, with the keys it then had. */
export interface Template {
  readonly snapshot: Snapshot;
  readonly keys: MachineKeys;
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

/**
 * Machines that were booted once, frozen, and are cloned from then on. A shape pays when it is wanted at least
 * twice; one whose template cannot be made is booted like any other from then on, and never fails a scenario.
 */
export class WarmPool {
  readonly #wanted = new Map<string, number>();
  readonly #templates = new Map<string, Promise<Template | undefined>>();
  readonly #log: (line: string) => void;

  constructor(shapes: readonly WarmShape[], log: (line: string) => void) {
    this.#log = log;
    for (const shape of shapes) {
      const key = shapeKey(shape);
      this.#wanted.set(key, (this.#wanted.get(key) ?? 0) + 1);
    }
  }

  /** The template of a shape, made by the first who asks; undefined = boot. */
  async template(shape: WarmShape, make: () => Promise<Template>): Promise<Template | undefined> {
    const key = shapeKey(shape);
    if ((this.#wanted.get(key) ?? 0) < 2) return undefined;
    const known = this.#templates.get(key) ?? this.#make(make);
    this.#templates.set(key, known);
    return await known;
  }

  /** A template that turned out to be of no use: later machines of its shape boot. */
  discard(shape: WarmShape, problem: string): void {
    this.#log(`Gave up a snapshot: ${problem}`);
    this.#templates.set(shapeKey(shape), Promise.resolve(undefined));
  }

  async #make(make: () => Promise<Template>): Promise<Template | undefined> {
    try {
      return await make();
    } catch (error) {
      this.#log(`Made no snapshot: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }
}
