import { faultOf } from '../../src/cloud/fault.ts';
import { CapacityError } from '../../src/core/errors.ts';
import type { CapacityWish, Offer } from './api.ts';
import type { MetalCloud } from './connect.ts';
import type { Place } from './launch.ts';

interface Wish {
  readonly plans: readonly string[];
  readonly places: readonly Place[];
  /** Most machines at once, where that was said. */
  readonly machines: number | undefined;
}

/**
 * What the provider has on its shelves, for people. Throws when no place has a device of any plan. An API that does not tell
 * is no error: its stock is then found out by the first machine.
 */
export const examineStock = async (cloud: MetalCloud, wish: Wish, signal: AbortSignal): Promise<string> => {
  const offers = await askForStock(cloud, wishesOf(wish), signal);
  const named = (some: readonly Offer[]): string =>
    some.map(({ plan, place }) => `${plan} in ${place}`).join(', ');
  const single = offers.filter(({ quantity }) => Number(quantity) === 1);
  if (single.length === 0)
    return 'stock is not known: a machine that finds no room fails with the cause capacity';
  const there = single.filter(({ available }) => available);
  if (there.length === 0)
    throw new CapacityError('equinixmetal-stock', `out of stock: ${named(single)}`, {
      hint: 'name more places with --equinixmetal-metro, or more plans with --equinixmetal-plan',
    });
  const missing = single.filter(({ available }) => !available);
  const few =
    (wish.machines ?? 1) > 1 && !offers.some(({ quantity, available }) => available && Number(quantity) > 1)
      ? `, but no place has ${wish.machines} at once`
      : '';
  return `in stock: ${named(there)}${few}${missing.length === 0 ? '' : `; out of stock: ${named(missing)}`}`;
};

/** One device of each plan in each place, and as many as the run will have at once. */
const wishesOf = ({ plans, places, machines = 1 }: Wish): readonly CapacityWish[] =>
  places
    .flatMap(spotsOf)
    .flatMap(spot =>
      plans.flatMap(plan =>
        [...new Set([1, machines])].map(count => ({ ...spot, plan, quantity: String(count) })),
      ),
    );

const spotsOf = (place: Place): readonly Pick<CapacityWish, 'metro' | 'facility'>[] =>
  'metro' in place ? [place] : place.facility.map(facility => ({ facility }));

const askForStock = async (
  { api, calls }: MetalCloud,
  wishes: readonly CapacityWish[],
  signal: AbortSignal,
): Promise<readonly Offer[]> => {
  const [metros, facilities] = [wishes.filter(isMetro), wishes.filter(wish => !isMetro(wish))];
  try {
    const offers: Offer[] = [];
    if (metros.length > 0)
      offers.push(
        ...(await calls.call('metal CheckCapacityForMetro', signal, own =>
          api.capacity('/capacity/metros', metros, own),
        )),
      );
    if (facilities.length > 0)
      offers.push(
        ...(await calls.call('metal CheckCapacityForFacility', signal, own =>
          api.capacity('/capacity', facilities, own),
        )),
      );
    return offers;
  } catch (error) {
    // Not every compatible API has stock, and not every key may ask for it.
    const kind = faultOf(error)?.kind;
    if (kind === 'not-found' || kind === 'permission') return [];
    throw error;
  }
};

const isMetro = (wish: CapacityWish): boolean => wish.metro !== undefined;
