import { availableParallelism, totalmem } from 'node:os';
import PQueue from 'p-queue';
import type { PreflightReport } from '../core/cloud-account.ts';
import { asKolaError, InterruptedError, KolaError } from '../core/errors.ts';
import { brandId, type RunId } from '../core/ids.ts';
import type { Flight } from '../core/platform.ts';
import type { Scenario } from '../core/scenario.ts';
import type { Subject, Target } from '../core/target.ts';
import { order } from '../plan/order.ts';
import { type Room, roomFor } from '../plan/room.ts';
import { type Selection, select } from '../plan/select.ts';
import { groupShared, startingOrder } from '../plan/share.ts';
import { standInsOf } from '../plan/stand-ins.ts';
import { RunProbes } from '../services/probe/probes.ts';
import { type Durations, openDurations } from './durations.ts';
import { type EventLog, openEventLog } from './event-log.ts';
import type { Executor, RemoteHosts } from './executor.ts';
import { closeFlight, type FlightSession, openFlight } from './flight-session.ts';
import { KnownIssues, versionOf } from './known-issues.ts';
import { kolaVersion } from './kola-version.ts';
import { lackOfRoom } from './lack-of-room.ts';
import { type LedgerFile, openLedgerFile } from './ledger-file.ts';
import { createPace } from './pace.ts';
import { estimateOf, type PlanItem, sharingSpeedup } from './plan-item.ts';
import { Proofs } from './proofs.ts';
import type { RunRequest, RunSummary, TargetRequest } from './request.ts';
import type { AttemptOutcome } from './retry.ts';
import { pointLatest, takeRunFolder } from './run-folder.ts';
import { blockAll, failFastReason, runSchedule } from './schedule.ts';
import type { TargetServices } from './services.ts';
import { shareKey } from './share-key.ts';
import { closeRunState, openRunState, type RunState, sweepDeadRuns } from './state.ts';
import type { TriesOptions } from './tries.ts';
import { totalUsage, UsageMeter } from './usage.ts';
import { judge } from './verdict.ts';
import { shapesOf, WarmPool } from './warm-pool.ts';

/**
 * Runs what was asked for and leaves `events.ndjson` and the machines' evidence in the run folder. Usage errors
 * are thrown before anything is created; everything later is in the events. With `remote`, other hosts play the attempts.
 */
export const executeRun = async (request: RunRequest, remote?: RemoteHosts): Promise<RunSummary> => {
  const run = brandId<RunId>(request.ids.next());
  takeRunFolder(request.outputDir, run);
  if (request.latestLink !== undefined) pointLatest(request.latestLink, request.outputDir);
  const state = openRunState(request.stateRoot, run, request.outputDir);
  const log = openEventLog({
    run,
    clock: request.clock,
    reporters: request.reporters,
    folder: request.outputDir,
  });
  const ledger = openLedgerFile(state.ledgerPath, run);
  try {
    return await new Run(request, run, state, log, ledger, remote).execute();
  } finally {
    ledger.close();
    log.close();
    closeRunState(state, ledger.open());
  }
};

/** Scenarios for one target, with the target as results name it. */
interface TargetPlan {
  readonly request: TargetRequest;
  readonly target: Target;
  readonly selection: Selection;
  readonly items: readonly PlanItem[];
  readonly durations: Durations;
}

class Run {
  readonly #request: RunRequest;
  readonly #run: RunId;
  readonly #state: RunState;
  readonly #log: EventLog;
  readonly #ledger: LedgerFile;
  readonly #remote: RemoteHosts | undefined;
  /** The caller wants the run to end: what runs is cut short. */
  readonly #stop = new AbortController();
  readonly #probes = new RunProbes();
  readonly #proofs: Proofs | undefined;
  readonly #known: KnownIssues;
  /** One for each target. */
  readonly #usage: UsageMeter[] = [];
  /** Nothing new starts: the run is being stopped, or something failed under --fail-fast. */
  readonly #startless = new AbortController();

  constructor(
    request: RunRequest,
    run: RunId,
    state: RunState,
    log: EventLog,
    ledger: LedgerFile,
    remote: RemoteHosts | undefined,
  ) {
    this.#request = request;
    this.#run = run;
    this.#state = state;
    this.#log = log;
    this.#ledger = ledger;
    this.#remote = remote;
    this.#known = new KnownIssues(request.knownIssues ?? []);
    this.#proofs = request.prove === undefined ? undefined : new Proofs(request.prove, log);
  }

  async execute(): Promise<RunSummary> {
    const { clock, signal, targets, outputDir, flakyBudget, noNewStarts } = this.#request;
    const start = clock.monotonic();
    const stop = (): void => {
      const reason = signal.reason instanceof KolaError ? signal.reason : new InterruptedError();
      this.#stop.abort(reason);
      this.#startless.abort(reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const noMore = (): void => this.#startless.abort(noNewStarts?.reason);
    noNewStarts?.addEventListener('abort', noMore, { once: true });
    if (noNewStarts?.aborted === true) noMore();
    const spent = new AbortController();
    this.#startClocks(spent.signal);
    const plans = targets.map(target => this.#plan(target));
    this.#announce(plans);
    this.#announceKnownIssues(plans);
    await this.#sweep();
    const results = (await Promise.all(plans.map(plan => this.#runTarget(plan)))).flat();
    signal.removeEventListener('abort', stop);
    noNewStarts?.removeEventListener('abort', noMore);
    spent.abort(new InterruptedError('the run is over'));
    const judged = judge({
      results,
      interrupted: signal.aborted,
      ...(flakyBudget === undefined ? {} : { flakyBudget }),
    });
    // Under `kola prove` it is the proofs that decide.
    const verdict = { ...judged, ...this.#proofs?.judge(signal.aborted) };
    const uses = this.#known.judged();
    if (uses !== undefined) this.#log.emit(uses);
    const leaked = this.#ledger
      .open()
      .map(({ platform, kind, name, id }) => `${platform} ${kind} ${id ?? name}`);
    const usage = totalUsage(this.#usage);
    this.#log.emit({
      type: 'run.ended',
      exitCode: verdict.exitCode,
      verdict: verdict.text,
      counts: verdict.counts,
      leaked: this.#request.keep ? [] : leaked,
      took: clock.monotonic() - start,
      ...(usage === undefined ? {} : { usage }),
    });
    return { exitCode: verdict.exitCode, verdict: verdict.text, runDir: outputDir };
  }

  #startClocks(over: AbortSignal): void {
    const { budget, limit, clock } = this.#request;
    const at = (ms: number | undefined, words: string, ends: readonly AbortController[]): void => {
      if (ms === undefined) return;
      const reason = new InterruptedError(`${words} ${Math.round(ms / 1000)} s`);
      clock.sleep(ms, over).then(
        () => {
          for (const end of ends) end.abort(reason);
        },
        () => {},
      );
    };
    at(budget, 'not started within', [this.#startless]);
    at(limit, 'cut short after', [this.#startless, this.#stop]);
  }

  #plan(request: TargetRequest): TargetPlan {
    const target = describeTarget(request);
    const selection = select(
      this.#request.scenarios,
      {
        target,
        manifest: request.image.manifest,
        capabilities: request.platform.capabilities,
        platformAliases: request.platform.aliases,
      },
      this.#request.selection,
    );
    const copies = Array.from({ length: this.#request.selection.multiply }, (_, index) => index + 1);
    const durations = openDurations(this.#request.stateRoot, target.platform, target.arch);
    const items = selection.selected.flatMap(scenario =>
      copies.map(copy => ({
        scenario,
        machines: scenario.needs.machines,
        known: durations.known(scenario.name),
        subject: { ...target, scenario: scenario.name, copy } satisfies Subject,
      })),
    );
    return { request, target, selection, durations, items: order(items, this.#request.seed) };
  }

  #announce(plans: readonly TargetPlan[]): void {
    const { command, seed, parallel } = this.#request;
    this.#log.emit({
      type: 'run.started',
      kola: kolaVersion(),
      command: [...command],
      seed,
      slots: parallel === 'auto' ? availableParallelism() : parallel,
      host: {
        cpus: availableParallelism(),
        memoryMiB: Math.round(totalmem() / 2 ** 20),
        node: process.version,
      },
      targets: plans.map(plan => plan.target),
    });
    this.#log.emit({
      type: 'plan.decided',
      selected: plans.flatMap(plan =>
        plan.items.map(({ subject, machines, scenario, known }) => ({
          ...subject,
          machines,
          tags: [...scenario.tags],
          ...standInsOf(scenario, plan.request.image.manifest),
          ...(known === undefined ? {} : { expected: known.took }),
        })),
      ),
      unselected: plans.flatMap(({ target, selection }) =>
        selection.unselected.map(({ scenario, reason }) => ({ ...target, scenario: scenario.name, reason })),
      ),
    });
  }

  #announceKnownIssues(plans: readonly TargetPlan[]): void {
    const listed = this.#known.listed(
      plans.map(({ target, request }) => ({ target, version: versionOf(request.image.manifest) })),
    );
    if (listed !== undefined) this.#log.emit(listed);
  }

  async #sweep(): Promise<void> {
    const { stateRoot, targets } = this.#request;
    const platforms = [...new Set(targets.map(target => target.platform))];
    const context = { signal: this.#stop.signal, log: (line: string) => this.#note(line) };
    for (const { run, gone, left } of await sweepDeadRuns(stateRoot, platforms, context)) {
      if (gone > 0) this.#note(`Destroyed ${gone} resources that run ${run} had left`);
      if (left > 0)
        this.#warn(`Left ${left} resources of run ${run} alone: they belong to other platforms or resist`);
    }
  }

  async #runTarget(whole: TargetPlan): Promise<readonly AttemptOutcome[]> {
    const decided = new Map(
      whole.items.flatMap(item => {
        // Before all machines: a run that is stopped and goes on later must not lose what an earlier one proved.
        const result = this.#proofs?.withoutMachine(item, whole.request.image.manifest);
        return result === undefined ? [] : [[item, result] as const];
      }),
    );
    const items = whole.items.filter(item => !decided.has(item));
    const rest = items.length === 0 ? [] : await this.#runItems({ ...whole, items });
    return [...decided.values(), ...rest];
  }

  async #runItems(plan: TargetPlan): Promise<readonly AttemptOutcome[]> {
    const { items, request } = plan;
    const session = this.#session();
    let flight: Flight | undefined;
    const blocked: AttemptOutcome[] = [];
    let fitting = items;
    try {
      // Opening alone may upload an image, which costs money.
      if (this.#startless.signal.aborted) throw notStarted(this.#startless.signal.reason);
      const remote = this.#remote;
      if (remote === undefined) {
        flight = await openFlight(request, session, ({ room }) => {
          fitting = items.filter(({ machines }) => lackOfRoom(machines, room) === undefined);
          blocked.push(...this.#blockLarge(items, room));
          return fitting.length > 0;
        });
        if (fitting.length === 0) return blocked;
        return [...blocked, ...(await this.#schedule({ ...plan, items: fitting }, flight))];
      }
      const place = await remote.open(request, {
        id: this.#run,
        items,
        starts: items.flatMap(({ scenario }) =>
          this.#harmsAnother(scenario) ? [scenario.name, scenario.name] : [scenario.name],
        ),
        cold: this.#request.cold === true,
        log: line => this.#note(line),
      });
      flight = place.flight;
      return await this.#schedule(plan, flight, place.executor);
    } catch (thrown) {
      const error = asKolaError(thrown);
      for (const item of fitting) this.#proofs?.notTried(item, error);
      return [...blocked, ...blockAll(fitting, { log: this.#log }, error)];
    } finally {
      plan.durations.save();
      if (flight !== undefined) await closeFlight(flight, session);
    }
  }

  /** What needs more machines than there is room for is said before anything is created for it. */
  #blockLarge(items: readonly PlanItem[], room: PreflightReport['room']): readonly AttemptOutcome[] {
    return items.flatMap(item => {
      const error = lackOfRoom(item.machines, room);
      if (error === undefined) return [];
      this.#proofs?.notTried(item, error);
      return blockAll([item], { log: this.#log }, error);
    });
  }

  #schedule(
    { items, request, durations }: TargetPlan,
    flight: Flight,
    executor?: Executor,
  ): Promise<readonly AttemptOutcome[]> {
    const { clock, ids, ports, deadlines, extraKeys, outputDir, keep, retries, failFast, cold } =
      this.#request;
    const proofs = this.#proofs;
    const room = executor === undefined ? this.#room(flight) : this.#remoteRoom(items);
    const { slots, capacity } = room;
    const groups = this.#groups(items, request, flight, slots);
    const usage = new UsageMeter(clock, room);
    this.#usage.push(usage);
    const services: TargetServices = {
      request,
      flight,
      launches: new PQueue({ concurrency: flight.launchesAtOnce ?? Number.POSITIVE_INFINITY }),
      log: this.#log,
      ports,
      clock,
      ids,
      deadlines,
      extraKeys,
      probes: this.#request.probes ?? this.#probes,
      inputs: this.#request.selection.inputs ?? {},
      runDir: outputDir,
      keep,
      usage,
      ...(executor === undefined && capacity.machines > slots
        ? { pace: createPace({ slots, bootsAhead: flight.slowdown === 1, clock, usage }) }
        : {}),
      ...(cold === true ? {} : { warm: this.#warm(groups, flight) }),
    };
    const tries: TriesOptions = {
      services,
      durations,
      retries,
      signal: this.#stop.signal,
      starting: this.#startless.signal,
      ...(executor === undefined ? {} : { executor }),
    };
    const explain = (subject: Subject, result: AttemptOutcome): AttemptOutcome =>
      this.#known.explain(subject, versionOf(request.image.manifest), result);
    return runSchedule({
      ...tries,
      items,
      explain,
      groups,
      capacity,
      onFailure: subject => {
        if (failFast) this.#startless.abort(failFastReason(subject));
      },
      ...(proofs === undefined
        ? {}
        : {
            play: item => proofs.prove(item, { ...tries, explain }),
            onNotRun: (item, reason) => proofs.notTried(item, new InterruptedError(reason)),
          }),
    });
  }

  /** Scenarios that can use one machine together, in order of precedence; each alone where nothing is shared. */
  #groups(
    items: readonly PlanItem[],
    request: TargetRequest,
    flight: Flight,
    slots: number,
  ): readonly (readonly PlanItem[])[] {
    const { cold, share, prove, ports, extraKeys } = this.#request;
    // What is done to a machine so that a scenario fails must not meet another one.
    if (cold === true || share === false || prove !== undefined) return items.map(item => [item]);
    // Stand-ins: what differs between two machines by their keys alone is no difference.
    const keys = ports.makeKeys();
    const renderer = { ports, request, extraKeys, flight };
    const candidates = items.map(item => ({
      item,
      machines: item.machines,
      urgent: item.known === undefined || item.known.failed,
      shareKey: shareKey(item.scenario, item.subject.copy, keys, renderer),
      ...estimateOf(item),
    }));
    const options = { slots, speedup: sharingSpeedup(flight.slowdown) };
    const groups = startingOrder(groupShared(candidates, options), options.speedup);
    return groups.map(group => group.map(({ item }) => item));
  }

  /** Scenarios that start with equal machines share one boot; a group of those that share a machine wants one. */
  #warm(groups: readonly (readonly PlanItem[])[], flight: Flight): WarmPool {
    const shapes = groups
      .flatMap(group => group.slice(0, 1))
      .flatMap(({ scenario }) => {
        const own = shapesOf(scenario, flight);
        return this.#harmsAnother(scenario) ? [...own, ...own] : own;
      });
    return new WarmPool(shapes, line => this.#note(line));
  }

  /** A second machine of this scenario is harmed. It starts like the first, unless the fault is in its user-data. */
  #harmsAnother({ sabotage }: Scenario): boolean {
    return this.#request.prove !== undefined && sabotage?.kind === 'guest';
  }

  /** Other hosts know best how much they bear: unless a number was asked for, all is offered to them at once. */
  #remoteRoom(items: readonly PlanItem[]): Room {
    const { parallel } = this.#request;
    const all = items.reduce((sum, { machines }) => sum + machines, 0);
    const unlimited = Number.POSITIVE_INFINITY;
    return roomFor(parallel === 'auto' ? all : parallel, true, {
      machines: unlimited,
      memoryMiB: unlimited,
      vcpus: unlimited,
    });
  }

  #room(flight: Flight): Room {
    const { parallel } = this.#request;
    const cores = availableParallelism();
    const wanted = parallel !== 'auto' ? parallel : flight.slowdown > 1 ? cores : 2 * cores;
    const limit = flight.machineLimit ?? wanted;
    if (limit < wanted && parallel !== 'auto')
      this.#warn(`Reduced the machines at once from ${wanted} to ${limit}: there is no room for more`);
    return roomFor(wanted, parallel !== 'auto', {
      machines: flight.machineLimit ?? Number.POSITIVE_INFINITY,
      memoryMiB: flight.memoryLimitMiB ?? Number.POSITIVE_INFINITY,
      vcpus: flight.vcpuLimit ?? Number.POSITIVE_INFINITY,
    });
  }

  #session(): FlightSession {
    const { cold, snapshots } = this.#request;
    return {
      run: this.#run,
      state: this.#state,
      ledger: this.#ledger,
      clock: this.#request.clock,
      signal: this.#stop.signal,
      log: line => this.#note(line),
      keep: this.#request.keep,
      ...(this.#request.parallel === 'auto' ? {} : { machinesAtOnce: this.#request.parallel }),
      ...(snapshots === undefined || cold === true ? {} : { snapshots }),
    };
  }

  #note(text: string): void {
    this.#log.emit({ type: 'log', level: 'info', text });
  }

  #warn(text: string): void {
    this.#log.emit({ type: 'log', level: 'warn', text });
  }
}

/** Of what never started the reason is told, and no cause is sought. */
const notStarted = (reason: unknown): InterruptedError =>
  reason instanceof InterruptedError
    ? reason
    : new InterruptedError(reason instanceof Error ? reason.message : 'the run was stopped');

const describeTarget = ({ platform, arch, variant, channel, image, candidate }: TargetRequest): Target => ({
  platform: platform.name,
  arch,
  ...(variant === undefined ? {} : { variant }),
  channel,
  image: {
    name: image.manifest.name,
    kind: image.manifest.kind,
    digest: image.digest,
    version: image.manifest.version,
    ...(candidate === undefined
      ? {}
      : { ...candidate, start: { version: image.manifest.version, digest: image.digest } }),
    ...(image.notice === undefined ? {} : { notice: image.notice }),
  },
});
