import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { PreflightReport } from '../core/cloud-account.ts';
import type { RunId } from '../core/ids.ts';
import type { Flight, SnapshotPlace } from '../core/platform.ts';
import { withDeadline } from './deadline.ts';
import type { LedgerFile } from './ledger-file.ts';
import type { TargetRequest } from './request.ts';
import type { RunState } from './state.ts';

export interface FlightSession {
  readonly run: RunId;
  readonly state: RunState;
  readonly ledger: LedgerFile;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** Machines may have to outlive this process. */
  readonly keep: boolean;
  readonly machinesAtOnce?: number;
  /** Where frozen machines are kept for later runs. */
  readonly snapshots?: SnapshotPlace;
}

/** Milliseconds that an image may take to be prepared (uploaded, imported), and a flight to be closed. */
const prepareLimit = 60 * 60_000;
const closeLimit = 20_000;

/**
 * Opens a platform for one target and prepares its image; closes it again when that fails. `goOn` is given what preflight
 * found: with false nothing is created, and no machine can be.
 */
export const openFlight = async (
  request: TargetRequest,
  session: FlightSession,
  goOn: (report: PreflightReport) => boolean = () => true,
): Promise<Flight> => {
  const { run, state, ledger, clock, signal, log, keep, machinesAtOnce, snapshots } = session;
  const { platform, arch, image, options } = request;
  signal.throwIfAborted();
  const flight = await platform.open({
    run,
    arch,
    image,
    options,
    ledger: ledger.for(platform.name),
    clock,
    signal,
    keep,
    stateDir: join(state.dir, `${platform.name}-${arch}`),
    ...(snapshots === undefined ? {} : { snapshots }),
    log,
    ...(machinesAtOnce === undefined ? {} : { machinesAtOnce }),
  });
  const what = `${platform.name} to prepare the image`;
  try {
    await withDeadline({ during: 'provision', ms: prepareLimit, clock, signal, what }, async own => {
      const report = await flight.preflight?.(own);
      if (report !== undefined) for (const line of preflightLines(platform.name, report)) log(line);
      if (report === undefined || goOn(report)) await flight.prepareImage(own);
    });
  } catch (error) {
    await closeFlight(flight, session);
    throw error;
  }
  return flight;
};

/** What a run will create, as people read it before it is created. */
const preflightLines = (platform: string, report: PreflightReport): readonly string[] => [
  `${platform}: ${report.identity}`,
  `${platform}: this run creates ${report.creates.join(', ')}${priceOf(report)}`,
  ...report.notes.map(note => `${platform}: ${note}`),
];

const priceOf = ({ hourly }: PreflightReport): string =>
  hourly === undefined ? '' : `; about ${hourly.amount.toFixed(2)} ${hourly.currency} an hour`;

/** Closes a flight on a clock of its own. What cannot be destroyed stays in the ledger, and is said. */
export const closeFlight = async (
  flight: Flight,
  { clock, log }: Pick<FlightSession, 'clock' | 'log'>,
): Promise<void> => {
  const signal = new AbortController().signal;
  try {
    await withDeadline(
      {
        during: 'teardown',
        ms: flight.closeLimit ?? closeLimit,
        clock,
        signal,
        what: 'the platform to be closed',
      },
      own => flight.close(own),
    );
  } catch (error) {
    log(`Failed to clean up: ${error instanceof Error ? error.message : String(error)}`);
  }
};
