import { join } from 'node:path';
import { asKolaError } from '../core/errors.ts';
import type { ShareTrait } from '../core/scenario.ts';
import { nextRound } from '../plan/share.ts';
import { runAttempt } from './attempt.ts';
import type { PlanItem } from './plan-item.ts';
import { needsOpinion } from './retry.ts';
import { sharedUserData } from './share-key.ts';
import { SharedMachine } from './shared-machine.ts';
import type { Settle, SharedTry } from './shared-try.ts';
import type { TriesOptions } from './tries.ts';

type Sharer = PlanItem & { readonly share: ShareTrait };

/**
 * Runs a group of scenarios on one machine after another, as long as there are clean ones: rounds of those that get
 * along with each other, and a look at the machine after each. A machine that is not as it was is retired, and who
 * cannot be told to be innocent is tried again elsewhere.
 */
export const runGroup = async (
  group: readonly PlanItem[],
  options: TriesOptions,
  settle: Settle,
): Promise<void> => {
  let left = group.map((item): Sharer => ({ ...item, share: item.scenario.share ?? 'reads' }));
  const original = new Map(left.map((sharer, index) => [sharer, group[index] ?? sharer]));
  const done: Settle = (item, shared) => settle(original.get(item as Sharer) ?? item, shared);
  try {
    while (left.length > 1 && !options.starting.aborted) {
      const rest = await onOneMachine(left, options, done);
      if (rest === undefined) break;
      left = rest;
    }
  } finally {
    for (const item of left) done(item, undefined);
  }
};

/** Who is left when the machine is of no more use; undefined when there was none. */
const onOneMachine = async (
  left: readonly Sharer[],
  options: TriesOptions,
  settle: Settle,
): Promise<Sharer[] | undefined> => {
  const { pace } = options.services;
  const nextTurn = () => pace?.turn(1, options.starting).catch(() => undefined);
  const early = pace?.bootsAhead === true ? undefined : await nextTurn();
  const machine = options.starting.aborted ? undefined : await openMachine(left, options);
  const turn = early ?? (machine === undefined ? undefined : await nextTurn());
  try {
    return machine === undefined ? undefined : await useMachine(machine, left, options, settle);
  } finally {
    turn?.give();
    await machine?.end();
  }
};

/** Undefined when it cannot be made: each scenario then finds out by itself, and it counts. */
const openMachine = async (
  sharers: readonly Sharer[],
  { services, signal }: TriesOptions,
): Promise<SharedMachine | undefined> => {
  const [first] = sharers;
  if (first === undefined) return undefined;
  const { subject, scenario } = first;
  const { runDir, log, ids } = services;
  const id = ids.next();
  const machine = new SharedMachine({
    services,
    scenario,
    userData: sharedUserData(scenario),
    cluster: { id, index: 0 },
    // No scenario's name begins like this.
    evidenceDir: join(runDir, subject.platform, subject.arch, '_shared', id, 'machine'),
    subjects: sharers.map(sharer => sharer.subject),
    signal,
  });
  try {
    await machine.open();
    return machine;
  } catch (error) {
    if (!signal.aborted)
      log.emit({
        type: 'log',
        level: 'info',
        text: `Share no machine among ${sharers.length} scenarios: ${asKolaError(error).message}`,
      });
    return undefined;
  }
};

/** Runs rounds until nobody is left or the machine is of no more use; returns who is left. */
const useMachine = async (
  machine: SharedMachine,
  sharers: readonly Sharer[],
  options: TriesOptions,
  settle: Settle,
): Promise<Sharer[]> => {
  let left = [...sharers];
  const before: string[] = [];
  while (left.length > 0 && machine.trouble === undefined && !options.starting.aborted) {
    const round = nextRound(left);
    left = left.filter(sharer => !round.includes(sharer));
    const tries = await Promise.all(round.map(sharer => tryOnce(sharer, machine, round.length, options)));
    const changes = await traces(machine, options);
    const clean = changes.length === 0;
    if (!clean) retire(machine, round, tries, changes, options);
    const names = round.map(({ scenario }) => scenario.name);
    round.forEach((sharer, index) => {
      const own = tries[index];
      if (own === undefined) return;
      // Alone on a clean machine there is nobody else to blame, nor anybody who helped.
      const suspicious = !clean && (round.length > 1 || machine.trouble !== undefined);
      const open = !options.signal.aborted && (needsOpinion(own.outcome) || suspicious);
      const beside = [...before, ...names.filter(name => name !== sharer.scenario.name)];
      settle(sharer, { ...own, beside, open });
    });
    before.push(...names);
    if (!clean) break;
  }
  return left;
};

const tryOnce = async (
  { scenario, subject, known }: Sharer,
  machine: SharedMachine,
  users: number,
  { services, signal, durations }: TriesOptions,
): Promise<Pick<SharedTry, 'id' | 'outcome' | 'took'>> => {
  const began = services.clock.monotonic();
  const id = services.ids.next();
  const seat = machine.seat(users);
  const { outcome, phases } = await runAttempt({ services, scenario, subject, id, number: 1, signal, seat });
  const took = services.clock.monotonic() - began;
  // Its body is known now; what a machine of its own would take is not, and stays as it was.
  if (!signal.aborted && known !== undefined)
    durations.note(scenario.name, {
      took: known.took,
      run: phases.run,
      failed: outcome.outcome !== 'passed',
    });
  return { id, outcome, took };
};

/** What the round left; a machine that does not answer any more has been left in pieces. */
const traces = async (machine: SharedMachine, { signal }: TriesOptions): Promise<readonly string[]> => {
  try {
    return await machine.changes();
  } catch (error) {
    return signal.aborted ? [] : [`- machine: ${asKolaError(error).message}`];
  }
};

/** Changes that are shown; the first ones tell. */
const shown = 20;

const retire = (
  machine: SharedMachine,
  round: readonly Sharer[],
  tries: readonly Pick<SharedTry, 'id'>[],
  changes: readonly string[],
  { services }: TriesOptions,
): void => {
  const scenarios = round.map(({ scenario }) => scenario.name);
  services.log.emit({
    type: 'shared.retired',
    machine: machine.id,
    attempts: tries.map(({ id }) => id),
    scenarios,
    changes: changes.slice(0, shown),
  });
};
