import { join } from 'node:path';
import { hourlyPrice } from '../../cloud/prices.ts';
import { packageRoot } from '../../core/package-root.ts';
import { updateStartOf } from '../../core/target.ts';
import type { Hourly } from '../../dashboard/load/cost.ts';
import { loadMatrix } from '../../gate/policy/matrix.ts';

/** Prices by `policy/prices.yaml` of the machine types that `policy/matrix.yaml` gives each platform. */
export const loadPrices = async (): Promise<Hourly> => {
  const matrix = await loadMatrix(join(packageRoot(), 'policy', 'matrix.yaml'));
  return ({ platform, arch, variant }) => {
    const further = updateStartOf(variant) === undefined ? variant : '';
    const type = further || matrix.platforms[platform]?.arches[arch]?.type;
    const price = type === undefined ? undefined : hourlyPrice(platform, type, 1);
    return type === undefined || price === undefined ? undefined : { type, ...price };
  };
};
