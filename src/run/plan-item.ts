import type { Scenario } from '../core/scenario.ts';
import type { Subject } from '../core/target.ts';
import type { Known } from '../plan/order.ts';
import type { Demand } from '../plan/pack.ts';
import { channels } from '../plan/share.ts';
import type { TargetServices } from './services.ts';

/** One scenario that was selected for one target. */
export interface PlanItem {
  readonly scenario: Scenario;
  readonly subject: Subject;
  /** Machines at once. */
  readonly machines: number;
  readonly known: Known | undefined;
}

/** Milliseconds that a scenario is taken to need when nothing is known of it. */
const unknownDuration = 180_000;

/** Milliseconds. */
export interface Estimate {
  readonly took: number;
  /** Of `took`: the scenario itself. */
  readonly body: number;
  /** Of `took`: its machines. */
  readonly boot: number;
}

/** What a scenario is expected to take on machines of its own. */
export const estimateOf = ({ known }: Pick<PlanItem, 'known'>): Estimate => {
  const took = known?.took ?? unknownDuration;
  const body = Math.min(took, known?.run ?? took / 2);
  return { took, body, boot: took - body };
};

/** Emulated machines have no processor to spare: what runs on one at once takes as long as one after the other. */
export const sharingSpeedup = (slowdown: number): number => (slowdown > 1 ? 1 : channels);

export const demandOf = (
  { machines, scenario }: PlanItem,
  { flight }: Pick<TargetServices, 'flight'>,
): Demand => ({
  machines,
  memoryMiB: machines * (scenario.needs.memoryMiB ?? flight.defaultSize.memoryMiB),
  vcpus: machines * (scenario.needs.vcpus ?? flight.defaultSize.vcpus),
});
