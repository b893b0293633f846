import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import PQueue from 'p-queue';
import { type KolaError, NetworkError } from '../core/errors.ts';
import { brandId, type RunId } from '../core/ids.ts';
import type { Flight } from '../core/platform.ts';
import { RunProbes } from '../services/probe/probes.ts';
import { openEventLog } from './event-log.ts';
import { closeFlight, type FlightSession, openFlight } from './flight-session.ts';
import { lackOfRoom } from './lack-of-room.ts';
import { type LedgerFile, openLedgerFile } from './ledger-file.ts';
import { attemptEvents } from './life-events.ts';
import { MachineLife } from './machine-life.ts';
import { pointLatest, takeRunFolder } from './run-folder.ts';
import type { TargetServices } from './services.ts';
import type { SpawnedMachine, SpawnRequest, SpawnSession } from './spawn-request.ts';
import { closeRunState, openRunState, type RunState } from './state.ts';

/** Milliseconds that the machines may take to go. */
const destroyLimit = 30_000;

/** Boots machines for people. Failed units and log rules are said, and tolerated. */
export const executeSpawn = async (request: SpawnRequest): Promise<SpawnSession> => {
  const run = brandId<RunId>(request.ids.next());
  takeRunFolder(request.outputDir, run);
  if (request.latestLink !== undefined) pointLatest(request.latestLink, request.outputDir);
  const state = openRunState(request.stateRoot, run, request.outputDir);
  const ledger = openLedgerFile(state.ledgerPath, run);
  const { clock, signal, log } = request;
  const session: FlightSession = { run, state, ledger, clock, signal, log, keep: request.keep };
  let flight: Flight | undefined;
  try {
    flight = await openFlight(request.target, session, ({ room }) => {
      const error = lackOfRoom(request.machines, room);
      if (error !== undefined) throw error;
      return true;
    });
    return await new Spawn(request, session, flight).boot();
  } catch (error) {
    if (flight !== undefined) await closeFlight(flight, session);
    endState(state, ledger);
    throw error;
  }
};

const endState = (state: RunState, ledger: LedgerFile): void => {
  ledger.close();
  closeRunState(state, ledger.open());
};

class Spawn {
  readonly #request: SpawnRequest;
  readonly #session: FlightSession;
  readonly #flight: Flight;
  readonly #lives: MachineLife[];
  readonly #gone = Promise.withResolvers<KolaError>();

  constructor(request: SpawnRequest, session: FlightSession, flight: Flight) {
    this.#request = request;
    this.#session = session;
    this.#flight = flight;
    const services = this.#services();
    this.#lives = Array.from({ length: request.machines }, (_, index) => this.#life(index, services));
  }

  async boot(): Promise<SpawnSession> {
    try {
      await Promise.all(this.#lives.map(life => life.provision()));
      await Promise.all(this.#lives.map(life => life.boot()));
    } catch (error) {
      await this.#destroy();
      throw error;
    }
    return {
      machines: this.#lives.map(life => this.#describe(life)),
      gone: this.#gone.promise,
      end: async () => {
        await this.#destroy();
        await closeFlight(this.#flight, this.#session);
        endState(this.#session.state, this.#session.ledger);
      },
      detach: async () => {
        await Promise.all(this.#lives.map(life => life.detach()));
        await closeFlight(this.#flight, this.#session);
        this.#session.ledger.close();
      },
    };
  }

  async #destroy(): Promise<void> {
    const signal = AbortSignal.timeout(destroyLimit);
    const ended = await Promise.allSettled(this.#lives.map(life => life.end(signal)));
    for (const result of ended)
      if (result.status === 'rejected') this.#request.log(`Failed to clean up: ${String(result.reason)}`);
  }

  #life(index: number, services: TargetServices): MachineLife {
    const { machines, outputDir, userData, signal, log } = this.#request;
    const role = machines === 1 ? 'machine' : `machine-${index + 1}`;
    return new MachineLife({
      services,
      scenario: { name: 'spawn', needs: { machines }, allow: { failedUnits: true, permissive: true } },
      events: attemptEvents(services.log, this.#session.run),
      role,
      cluster: { id: this.#session.run, index },
      userData,
      evidenceDir: join(outputDir, role),
      signal,
      onFatal: error => this.#gone.resolve(error),
      onHit: error => log(error.message),
    });
  }

  #services(): TargetServices {
    const { target, outputDir, extraKeys, ports, clock, ids, deadlines } = this.#request;
    return {
      request: target,
      flight: this.#flight,
      launches: new PQueue({ concurrency: this.#flight.launchesAtOnce ?? Number.POSITIVE_INFINITY }),
      log: openEventLog({ run: this.#session.run, clock, reporters: [], folder: outputDir }),
      ports,
      clock,
      ids,
      deadlines,
      extraKeys,
      probes: new RunProbes(),
      runDir: outputDir,
      inputs: {},
      keep: true,
    };
  }

  /** The key lies in the state folder, mode 0600, until the session ends. */
  #describe(life: MachineLife): SpawnedMachine {
    const { provisioned, keys, role, folder } = life;
    if (provisioned === undefined) throw new NetworkError('not-provisioned', `${role} has no address`);
    const { host, port } = provisioned.ssh;
    const keyDir = join(this.#session.state.dir, 'keys');
    mkdirSync(keyDir, { recursive: true, mode: 0o700 });
    const [keyFile, knownHostsFile] = [join(keyDir, role), join(keyDir, `${role}.known_hosts`)];
    writeFileSync(keyFile, keys.privateKey, { mode: 0o600 });
    writeFileSync(knownHostsFile, `[${host}]:${port} ${keys.hostPublicKey}\n`, { mode: 0o600 });
    return {
      role,
      user: 'core',
      host,
      port,
      privateAddress: provisioned.privateAddress,
      keyFile,
      knownHostsFile,
      folder: join(this.#request.outputDir, folder),
    };
  }
}
