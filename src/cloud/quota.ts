import { CapacityError } from '../core/errors.ts';

/** A limit of an account in one place, as the vendor tells it. */
export interface Quota {
  /** As people find it in the vendor's list of them. */
  readonly name: string;
  readonly limit: number;
  readonly used: number;
  /** What one machine takes of it. */
  readonly each: number;
}

/** Machines that a quota has room for. It may be overdrawn: limits are lowered, too. */
export const roomIn = ({ limit, used, each }: Quota): number =>
  Math.max(0, Math.floor((limit - used) / Math.max(1, each)));

/** The quota that ends first. */
export const leastOf = ([first, ...rest]: readonly Quota[]): Quota | undefined =>
  first === undefined
    ? undefined
    : rest.reduce((least, quota) => (roomIn(quota) < roomIn(least) ? quota : least), first);

export interface QuotaPlace {
  /** Whose quota it is, and where: `my-project in us-central1`. */
  readonly where: string;
  /** The machine type that was counted. */
  readonly type: string;
  /** Flags that name another type or place. */
  readonly flags: string;
}

/** What a quota has room for, for people. Throws when that is not even one machine. */
export const describeRoom = (quota: Quota, { where, type, flags }: QuotaPlace): string => {
  const { name, limit, used } = quota;
  const room = roomIn(quota);
  if (room < 1)
    throw new CapacityError(
      'cloud-quota',
      `the quota ${name} of ${where} has no room for a ${type}: ${used} of ${limit} are in use`,
      { hint: `wait for other runs, choose another ${flags}, or have the quota ${name} raised` },
    );
  return `the quota ${name} of ${where} has room for ${room} machines: ${used} of ${limit} are in use`;
};
