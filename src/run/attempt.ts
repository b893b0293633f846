import { join } from 'node:path';
import {
  asKolaError,
  DeadlineError,
  HarnessError,
  type KolaError,
  ProductError,
  ScenarioError,
} from '../core/errors.ts';
import type { PhaseTimes } from '../core/event.ts';
import type { Machine } from '../core/machine.ts';
import type { UserData } from '../core/user-data.ts';
import { ServiceHub } from '../services/hub.ts';
import type { AttemptRequest } from './attempt-request.ts';
import { blameBody } from './blame.ts';
import { withBootOption } from './boot-option.ts';
import { CheckRecorder } from './checks.ts';
import { withDeadline } from './deadline.ts';
import { needExternal } from './external.ts';
import { outcomeOf, toFailure } from './failure.ts';
import { attemptEvents } from './life-events.ts';
import { MachineLife } from './machine-life.ts';
import type { Turn } from './pace.ts';
import type { AttemptOutcome } from './retry.ts';
import { harmGuest, harms, harmUserData } from './sabotage.ts';
import { createContext } from './scenario-context.ts';
import { runSubtest, SubtestResults } from './subtests.ts';

/** Milliseconds that the true cause of a broken connection has to show up on the console. */
const causeGrace = 3000;

/** An attempt that is over. */
export interface PlayedAttempt {
  readonly id: string;
  readonly outcome: AttemptOutcome;
  readonly phases: Readonly<PhaseTimes>;
  /** Ids of broken checks, `sub-test/check` in sub-tests. */
  readonly brokenChecks: readonly string[];
  /** Machines that the sabotage was done to. */
  readonly sabotaged: number;
  /** Milliseconds of the longest wait that came to its end. */
  readonly longestWait: number;
  /** Milliseconds until another host took it; absent = it was played here. */
  readonly waited?: number;
}

/** Runs one attempt to its end. Never throws: whatever goes wrong is in the outcome, and nothing is left behind. */
export const runAttempt = async (request: AttemptRequest): Promise<PlayedAttempt> => {
  const { services, subject, id, number, retryOf } = request;
  const sabotage = request.sabotage === undefined ? {} : { sabotage: request.sabotage.fault };
  services.log.emit({
    type: 'attempt.started',
    attempt: id,
    subject,
    number,
    ...(retryOf === undefined ? {} : { retryOf }),
    ...sabotage,
  });
  const attempt = new Attempt(request);
  const outcome = await attempt.run();
  services.log.emit({
    type: 'attempt.ended',
    attempt: id,
    subject,
    number,
    ...sabotage,
    ...outcome,
    checks: { held: attempt.checks.held, broken: attempt.checks.broken },
    phases: attempt.phases,
  });
  return {
    id,
    outcome,
    phases: attempt.phases,
    brokenChecks: attempt.checks.brokenIds,
    sabotaged: attempt.sabotaged,
    longestWait: attempt.longestWait,
  };
};

class Attempt {
  readonly checks: CheckRecorder;
  readonly phases: PhaseTimes = { provision: 0, boot: 0, run: 0, teardown: 0 };
  readonly #request: AttemptRequest;
  readonly #over = new AbortController();
  readonly #hub: ServiceHub;
  readonly #lives: MachineLife[] = [];
  readonly #subtests = new SubtestResults();
  /** What log rules had against the machines. */
  readonly #hits: KolaError[] = [];
  #created = 0;
  sabotaged = 0;
  longestWait = 0;
  /** The machine that it shares, in place of machines of its own. */
  #seated: Machine | undefined;
  #turn: Turn | undefined;

  constructor(request: AttemptRequest) {
    this.#request = request;
    const { log, clock, flight } = request.services;
    this.#hub = new ServiceHub({
      guestAddress: flight.hostAddress,
      platform: request.subject.platform,
      signal: this.#over.signal,
      declared: request.scenario.needs.services ?? [],
      slowdown: flight.slowdown,
      clock,
      patience: request.patience,
      onWaited: took => this.#noteWait(took),
    });
    this.checks = new CheckRecorder(log, clock, request.id);
  }

  async run(): Promise<AttemptOutcome> {
    const stop = (): void => this.#over.abort(this.#request.signal.reason);
    this.#request.signal.addEventListener('abort', stop, { once: true });
    if (this.#request.signal.aborted) stop();
    let error: KolaError | undefined;
    try {
      await needExternal(
        this.#request.scenario.needs,
        this.#request.services.request.image.manifest,
        this.#request.services.probes,
        this.#over.signal,
      );
      await this.#startMachines();
      await this.#runBody();
    } catch (thrown) {
      error = await this.#trueCause(blameBody(thrown));
    }
    await this.#tearDown(error !== undefined);
    this.#request.signal.removeEventListener('abort', stop);
    return this.#conclude(error);
  }

  async #startMachines(): Promise<void> {
    const { services, scenario, seat, id } = this.#request;
    const plans = scenario.machines;
    if (seat !== undefined) {
      this.#over.signal.throwIfAborted();
      this.#seated = seat.take({
        attempt: id,
        role: plans[0]?.role ?? 'machine',
        signal: this.#over.signal,
        onFatal: error => this.#over.abort(error),
        onHit: error => this.#hits.push(error),
      });
      return;
    }
    const ahead = services.pace?.bootsAhead === true && plans.length > 0;
    if (!ahead) await this.#takeTurn();
    const lives = plans.map(plan =>
      this.#newLife(plan.role, plan.userData ?? scenario.userData ?? { kind: 'default' }),
    );
    await this.#timed('provision', () => this.#together(lives.map(life => life.provision())));
    await this.#timed('boot', () => this.#together(lives.map(life => life.boot())));
    if (ahead) await this.#takeTurn();
    await this.#timed('run', () => this.#together(lives.map(life => this.#harm(life))));
  }

  async #harm({ machine, plannedRole }: MachineLife): Promise<void> {
    const { sabotage } = this.#request;
    if (machine === undefined || sabotage === undefined || !harms(sabotage, plannedRole)) return;
    if (sabotage.kind === 'guest') await harmGuest(sabotage, machine, this.#over.signal);
    this.sabotaged += 1;
  }

  async #takeTurn(): Promise<void> {
    const { services, scenario } = this.#request;
    this.#turn = await services.pace?.turn(scenario.needs.machines, this.#over.signal);
  }

  /** A cluster with one machine that fails has failed: the others need not be waited for. */
  async #together(work: readonly Promise<unknown>[]): Promise<void> {
    await allOrFirstError(
      work.map(one =>
        one.catch(thrown => {
          this.#over.abort(blameBody(thrown));
          throw thrown;
        }),
      ),
    );
  }

  async #runBody(): Promise<void> {
    const { services, scenario, seat } = this.#request;
    // Those on one machine have to share its processors, too.
    const ms = scenario.timeout * services.flight.slowdown * (seat?.users ?? 1);
    await this.#timed('run', () =>
      withDeadline(
        {
          during: 'run',
          ms,
          clock: services.clock,
          signal: this.#over.signal,
          what: `${scenario.name} to finish`,
        },
        async signal => {
          const context = this.#context(signal);
          await scenario.run?.(context);
          for (const subtest of scenario.subtests ?? []) {
            if (this.#faultSeen()) break;
            await runSubtest(subtest, {
              request: this.#request,
              results: this.#subtests,
              context: name => this.#context(signal, name),
              signal,
            });
          }
        },
      ),
    );
    if (this.#subtests.firstFailure !== undefined) throw this.#subtests.firstFailure;
    if (this.checks.held === 0) throw this.#nothingChecked();
  }

  /** What a sabotage is to break has broken: the sub-tests that are left prove nothing more. */
  #faultSeen(): boolean {
    const { sabotage } = this.#request;
    if (sabotage === undefined) return false;
    const { check } = sabotage.fails;
    return check === undefined
      ? this.#subtests.firstFailure !== undefined
      : this.checks.brokenIds.includes(check);
  }

  #nothingChecked(): KolaError {
    const reason = this.#subtests.reasonNoneRan;
    return (
      reason ??
      new ScenarioError(
        'no-check-ran',
        `no check of ${this.#request.scenario.name} ran, so nothing was tested`,
      )
    );
  }

  #context(signal: AbortSignal, subtest?: string) {
    return createContext({
      request: this.#request,
      checks: this.checks,
      results: this.#subtests,
      machines: () => this.#machines(),
      provision: (role, userData) => this.#provisionOneMore(role, userData),
      destroy: machine => this.#destroyOne(machine),
      services: this.#hub,
      onWaited: took => this.#noteWait(took),
      signal,
      ...(subtest === undefined ? {} : { subtest }),
    });
  }

  #noteWait(took: number): void {
    this.longestWait = Math.max(this.longestWait, took);
  }

  #machines(): readonly Machine[] {
    if (this.#seated !== undefined) return [this.#seated];
    return this.#lives.flatMap(life => (life.machine === undefined ? [] : [life.machine]));
  }

  #newLife(role: string, userData: UserData): MachineLife {
    const { services, scenario, subject, id, number, sabotage } = this.#request;
    const taken = this.#lives.filter(life => life.role === role || life.role.startsWith(`${role}-`)).length;
    const unique = taken === 0 ? role : `${role}-${taken + 1}`;
    const copy = subject.copy > 1 ? [`copy-${subject.copy}`] : [];
    const told = withBootOption(userData, scenario, services.request.image.manifest);
    const life = new MachineLife({
      services,
      scenario,
      events: attemptEvents(services.log, id),
      role: unique,
      cluster: { id, index: this.#created },
      plannedRole: role,
      userData: sabotage === undefined ? told : harmUserData(sabotage, role, told),
      evidenceDir: join(
        services.runDir,
        subject.variant === undefined ? subject.platform : `${subject.platform}@${subject.variant}`,
        subject.arch,
        scenario.name,
        ...copy,
        sabotage === undefined ? String(number) : `sabotaged-${number}`,
        unique,
      ),
      signal: this.#over.signal,
      onFatal: error => this.#over.abort(error),
      onHit: error => this.#hits.push(error),
    });
    this.#created += 1;
    this.#lives.push(life);
    return life;
  }

  async #provisionOneMore(role: string, userData: UserData | undefined): Promise<Machine> {
    const { scenario, seat } = this.#request;
    if (seat !== undefined)
      throw new ScenarioError('shared-machine', `${scenario.name} declares share and wants one more machine`);
    const up = this.#lives.filter(life => life.machine !== undefined).length;
    if (up >= scenario.needs.machines)
      throw new ScenarioError(
        'too-many-machines',
        `${scenario.name} has ${up} machines up and declares no more than ${scenario.needs.machines}`,
      );
    const life = this.#newLife(role, userData ?? scenario.userData ?? { kind: 'default' });
    await life.provision();
    const machine = await life.boot();
    await this.#harm(life);
    return machine;
  }

  async #destroyOne(machine: Machine): Promise<void> {
    const place = this.#lives.findIndex(life => life.id === machine.id);
    const [life] = place < 0 ? [] : this.#lives.splice(place, 1);
    await life?.end(this.#over.signal);
  }

  /** A panic breaks the connection first and reaches the console a moment later: the panic is the cause. */
  async #trueCause(error: KolaError): Promise<KolaError> {
    const { clock } = this.#request.services;
    if (error.kind === 'network' && !this.#over.signal.aborted)
      await clock.sleep(causeGrace, this.#over.signal).catch(() => {});
    return this.#over.signal.aborted ? asKolaError(this.#over.signal.reason) : error;
  }

  async #tearDown(failed: boolean): Promise<void> {
    const { services, id } = this.#request;
    const { clock, log, deadlines } = services;
    const { seat } = this.#request;
    // The next one need not wait for what is slow here: the rest of the journal, the end of the machines.
    this.#turn?.give();
    if (seat !== undefined) {
      // What the body left running ends here: the machine goes on without it.
      this.#over.abort(new HarnessError('attempt-over', 'the attempt is over'));
      seat.leave();
    }
    if (failed && services.keep) {
      await Promise.all(this.#lives.map(life => life.detach()));
      return;
    }
    const start = clock.monotonic();
    // Its own clock and its own signal: an interrupted run still cleans up.
    const signal = new AbortController().signal;
    try {
      await withDeadline(
        { during: 'teardown', ms: deadlines.teardown, clock, signal, what: 'the machines to go' },
        own => allOrFirstError(this.#lives.map(life => life.end(own))),
      );
    } catch (thrown) {
      // The ledger still knows what is left, and the end of the run sweeps it. It is no verdict on the scenario.
      log.emit({
        type: 'log',
        level: 'warn',
        text: `Failed to clean up: ${asKolaError(thrown).message}`,
        attempt: id,
      });
    }
    this.phases.teardown += clock.monotonic() - start;
    await this.#hub[Symbol.asyncDispose]();
  }

  #conclude(error: KolaError | undefined): AttemptOutcome {
    const decisive = decide(error, this.#hits[0]);
    if (decisive === undefined) return { outcome: 'passed' };
    const outcome = outcomeOf(decisive);
    if (outcome === 'skipped') return { outcome, reason: decisive.message };
    return { outcome, reason: decisive.message, failure: toFailure(decisive) };
  }

  async #timed<T>(phase: 'provision' | 'boot' | 'run', work: () => Promise<T>): Promise<T> {
    const { clock } = this.#request.services;
    const start = clock.monotonic();
    try {
      return await work();
    } finally {
      this.phases[phase] += clock.monotonic() - start;
    }
  }
}

/**
 * What decides an attempt when both the body and a log rule speak: a log rule explains a timeout or a lost
 * connection, and it fails a body that passed; a failed check speaks for itself.
 */
const decide = (error: KolaError | undefined, hit: KolaError | undefined): KolaError | undefined => {
  if (hit === undefined) return error;
  if (error === undefined || error.code === 'skipped') return hit;
  const explained = error.kind === 'network' || error instanceof DeadlineError;
  return explained
    ? new ProductError(hit.code, hit.message, {
        evidence: [...hit.evidence, ...error.evidence],
        cause: error,
      })
    : error;
};

/** Waits for all, so that nothing goes on unseen, then throws the first failure in order. */
const allOrFirstError = async (work: readonly Promise<unknown>[]): Promise<void> => {
  const results = await Promise.allSettled(work);
  const failed = results.find(result => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
};
