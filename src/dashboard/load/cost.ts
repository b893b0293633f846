import type { CostView } from '../../../reports/dashboard/model.ts';
import type { Arch } from '../../core/target.ts';

/** A place whose machines cost something; `variant` is a machine type other than the platform's main one. */
export interface PricedPlace {
  readonly platform: string;
  readonly arch: Arch;
  readonly variant: string;
}

/** List price of an hour of one machine; undefined = not known, or nothing is paid. */
export type Hourly = (
  place: PricedPlace,
) => { readonly type: string; readonly amount: number; readonly currency: string } | undefined;

const hour = 3_600_000;

/**
 * What the machines of some targets cost by list price: an estimate, of machine time only. Null when no price of any
 * of them is known; targets whose price is not known, or that do not say how long their machines were up, are left out.
 */
export const costOf = (
  targets: readonly (PricedPlace & { readonly machineTime: number })[],
  hourly: Hourly,
): CostView | null => {
  let [amount, machineTime, currency] = [0, 0, ''];
  const types = new Set<string>();
  for (const target of targets) {
    const price = target.machineTime > 0 ? hourly(target) : undefined;
    if (price === undefined) continue;
    amount += (price.amount * target.machineTime) / hour;
    machineTime += target.machineTime;
    currency = price.currency;
    types.add(price.type);
  }
  return types.size === 0 ? null : { amount, currency, machineTime, types: [...types].sort() };
};
