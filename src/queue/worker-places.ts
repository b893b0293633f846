import PQueue from 'p-queue';
import type { Clock } from '../core/clock.ts';
import { HarnessError } from '../core/errors.ts';
import { brandId, type IdSource, type RunId } from '../core/ids.ts';
import type { Flight, SnapshotPlace } from '../core/platform.ts';
import type { Scenario } from '../core/scenario.ts';
import type { ExternalProbes } from '../core/services.ts';
import { roomFor } from '../plan/room.ts';
import { type Admission, createAdmission } from '../run/admission.ts';
import { closeFlight, openFlight } from '../run/flight-session.ts';
import { openLedgerFile } from '../run/ledger-file.ts';
import type { MachinePorts } from '../run/ports.ts';
import type { TargetRequest } from '../run/request.ts';
import type { TargetServices } from '../run/services.ts';
import { closeRunState, openRunState } from '../run/state.ts';
import { shapesOf, WarmPool } from '../run/warm-pool.ts';
import type { Query } from './database.ts';
import { sharedLedger } from './ledger.ts';
import { type Place, placeSchema } from './messages.ts';

export interface PlacesOptions {
  readonly query: Query;
  readonly worker: string;
  readonly host: string;
  readonly scenarios: readonly Scenario[];
  readonly ports: MachinePorts;
  readonly probes: ExternalProbes;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly stateRoot: string;
  readonly snapshots?: SnapshotPlace;
  /** Machines at once. */
  readonly machines: number;
  /** Makes a target again from what the run said of it. */
  readonly resolve: (place: Place, signal: AbortSignal) => Promise<TargetRequest>;
  readonly log: (line: string) => void;
  /** Everything is to end. */
  readonly signal: AbortSignal;
}

/** A target of a run, open on this host. */
export interface OpenPlace {
  readonly place: Place;
  readonly admission: Admission;
  /** What attempts share; log, usage and run folder are each job's own. */
  readonly services: Omit<TargetServices, 'log' | 'usage' | 'runDir'>;
}

interface Held {
  readonly run: string;
  readonly id: number;
  readonly open: Promise<OpenPlace>;
  close(): Promise<void>;
  users: number;
}

/** The flights of this host: one for each target of each run, from its first job here to the end of the run. */
export class WorkerPlaces {
  readonly #options: PlacesOptions;
  readonly #held = new Map<string, Held>();

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** Uses a target while `work` runs; opening it may upload an image. */
  async use<T>(run: string, id: number, work: (place: OpenPlace) => Promise<T>): Promise<T> {
    const key = `${run} ${id}`;
    const held = this.#held.get(key) ?? this.#hold(run, id);
    this.#held.set(key, held);
    held.users += 1;
    try {
      return await work(await held.open);
    } catch (error) {
      // What could not be opened may be tried again by the next job.
      await held.open.catch(() => this.#held.delete(key));
      throw error;
    } finally {
      held.users -= 1;
    }
  }

  /** Closes what belongs to runs that are over; everything, when nothing is kept. */
  async close(all = false): Promise<void> {
    const { query, worker } = this.#options;
    for (const [key, held] of this.#held) {
      if (held.users > 0) continue;
      const alive = all ? [] : await this.#spec(held.run, held.id);
      if (alive.length > 0) continue;
      this.#held.delete(key);
      await held.close();
      await query('delete from kola_queue.flight where worker = $1 and run = $2 and place = $3', [
        worker,
        held.run,
        held.id,
      ]);
    }
  }

  #spec(run: string, id: number): Promise<readonly { spec: unknown }[]> {
    return this.#options.query('select spec from kola_queue.place where run = $1 and id = $2', [run, id]);
  }

  #hold(run: string, id: number): Held {
    let close = async (): Promise<void> => {};
    const open = this.#open(run, id, closer => {
      close = closer;
    });
    return { run, id, open, close: () => close(), users: 0 };
  }

  async #open(run: string, id: number, onOpen: (close: () => Promise<void>) => void): Promise<OpenPlace> {
    const { query, worker, host, clock, signal, log, stateRoot, resolve, machines, snapshots } =
      this.#options;
    const [row] = await this.#spec(run, id);
    if (row === undefined) throw new HarnessError('queue-place', `run ${run} is over`);
    const place = placeSchema.parse(row.spec);
    const request = await resolve(place, signal);
    if (request.image.digest !== place.digest)
      throw new HarnessError(
        'queue-image',
        `worker ${worker} finds the image ${request.image.digest}, the run tests ${place.digest}`,
        { hint: 'give workers the same image: a release, the reference guest, or one file on a shared path' },
      );
    await query(
      'insert into kola_queue.flight (worker, run, place) values ($1, $2, $3) on conflict do nothing',
      [worker, run, id],
    );
    const runId = brandId<RunId>(`${run}-${this.#options.ids.next()}`);
    const state = openRunState(stateRoot, brandId<RunId>(run), stateRoot, runId);
    const file = openLedgerFile(state.ledgerPath, brandId<RunId>(run));
    const ledger = sharedLedger(file, { query, worker, host, run: runId });
    const session = {
      run: brandId<RunId>(run),
      state,
      ledger,
      clock,
      signal,
      log,
      keep: place.keep,
      machinesAtOnce: machines,
      ...(snapshots === undefined || place.cold ? {} : { snapshots }),
    };
    const end = (): void => {
      ledger.close();
      closeRunState(state, ledger.open());
    };
    try {
      const flight = await openFlight(request, session);
      onOpen(async () => {
        await closeFlight(flight, session);
        end();
      });
      return this.#opened(place, request, flight);
    } catch (error) {
      end();
      throw error;
    }
  }

  #opened(place: Place, request: TargetRequest, flight: Flight): OpenPlace {
    const { machines, clock, ids, ports, probes, log, scenarios } = this.#options;
    const room = roomFor(machines, true, {
      machines: flight.machineLimit ?? Number.POSITIVE_INFINITY,
      memoryMiB: flight.memoryLimitMiB ?? Number.POSITIVE_INFINITY,
      vcpus: flight.vcpuLimit ?? Number.POSITIVE_INFINITY,
    });
    const known = new Map(scenarios.map(scenario => [scenario.name, scenario]));
    const shapes = place.scenarios.flatMap(name => {
      const scenario = known.get(name);
      return scenario === undefined ? [] : shapesOf(scenario, flight);
    });
    return {
      place,
      admission: createAdmission(room.capacity, clock),
      services: {
        request,
        flight,
        launches: new PQueue({ concurrency: flight.launchesAtOnce ?? Number.POSITIVE_INFINITY }),
        ports,
        clock,
        ids,
        deadlines: place.deadlines,
        extraKeys: place.extraKeys,
        probes,
        inputs: place.inputs,
        keep: place.keep,
        ...(place.cold ? {} : { warm: new WarmPool(shapes, log) }),
      },
    };
  }
}
