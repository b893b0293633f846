import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../core/package-root.ts';
import { readYaml } from '../core/yaml-file.ts';

/** `policy/prices.yaml`: list prices for an estimate before a run. */
const pricesSchema = z.strictObject({
  currency: z.string(),
  /** Day the prices were written down. */
  asOf: z.iso.date(),
  /** Platform → machine type → price of an hour. */
  hourly: z.record(z.string(), z.record(z.string(), z.number().nonnegative())),
});
type Prices = z.infer<typeof pricesSchema>;

let read: Prices | undefined;

const prices = (): Prices => {
  const file = join(packageRoot(), 'policy', 'prices.yaml');
  read ??= readYaml(file, readFileSync(file, 'utf8'), pricesSchema);
  return read;
};

/** Price of so many machines for an hour; undefined when the table does not know the type. */
export const hourlyPrice = (
  platform: string,
  type: string,
  machines: number,
): { readonly amount: number; readonly currency: string } | undefined => {
  const { hourly, currency } = prices();
  const each = hourly[platform]?.[type];
  return each === undefined ? undefined : { amount: each * machines, currency };
};
