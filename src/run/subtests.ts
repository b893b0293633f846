import { type KolaError, ProductError, ScenarioError, SkippedError } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';
import type { CheckContext, Subtest } from '../core/scenario.ts';
import type { AttemptRequest } from './attempt-request.ts';
import { blameBody } from './blame.ts';
import { needExternal } from './external.ts';
import { outcomeOf, toFailure } from './failure.ts';

/** What the sub-tests of one attempt came to. */
export class SubtestResults {
  firstFailure: KolaError | undefined;
  readonly #skipped: string[] = [];

  add(name: string, outcome: Outcome, error: KolaError | undefined): void {
    if (error === undefined) return;
    if (outcome === 'skipped' || outcome === 'blocked') this.#skipped.push(`${name}: ${error.message}`);
    else this.firstFailure ??= inSubtest(name, error);
  }

  /** When every sub-test was passed over, the reason is theirs. */
  get reasonNoneRan(): KolaError | undefined {
    return this.#skipped.length === 0
      ? undefined
      : new SkippedError(`no sub-test applies: ${this.#skipped.join('; ')}`);
  }
}

/** The failure as the whole scenario reports it, with the sub-test's name in front. */
const inSubtest = (name: string, error: KolaError): KolaError => {
  const options = {
    evidence: error.evidence,
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
  if (error.kind === 'product') return new ProductError(error.code, `${name}: ${error.message}`, options);
  if (error.kind === 'scenario') return new ScenarioError(error.code, `${name}: ${error.message}`, options);
  return error;
};

interface SubtestSurroundings {
  readonly request: AttemptRequest;
  readonly results: SubtestResults;
  readonly context: (subtest: string) => CheckContext;
  readonly signal: AbortSignal;
}

/**
 * Runs one sub-test. Its failure does not keep the next one from running; the end of the attempt, or a lost
 * machine, does.
 */
export const runSubtest = async (subtest: Subtest, around: SubtestSurroundings): Promise<void> => {
  const { request, results, context, signal } = around;
  const { log, clock } = request.services;
  signal.throwIfAborted();
  const start = clock.monotonic();
  log.emit({ type: 'subtest.started', attempt: request.id, subtest: subtest.name });
  const error = await errorOf(async () => {
    const missing = missingNeeds(subtest, request);
    if (missing !== undefined) throw new SkippedError(missing);
    await needExternal(
      subtest.needs ?? {},
      request.services.request.image.manifest,
      request.services.probes,
      signal,
    );
    await subtest.run(context(subtest.name));
  });
  const outcome = error === undefined ? 'passed' : outcomeOf(error);
  log.emit({
    type: 'subtest.ended',
    attempt: request.id,
    subtest: subtest.name,
    outcome,
    ...(error === undefined ? {} : { reason: error.message }),
    ...(error === undefined || outcome === 'skipped' ? {} : { failure: toFailure(error) }),
    took: clock.monotonic() - start,
  });
  signal.throwIfAborted();
  if (error !== undefined && error.kind === 'network' && error.code !== 'blocked') throw error;
  results.add(subtest.name, outcome, error);
};

const errorOf = async (body: () => Promise<void>): Promise<KolaError | undefined> => {
  try {
    await body();
    return undefined;
  } catch (thrown) {
    return blameBody(thrown);
  }
};

const missingNeeds = (
  { needs, arches }: Subtest,
  { services, subject }: AttemptRequest,
): string | undefined => {
  const { manifest } = services.request.image;
  const missing = (needs?.capabilities ?? []).filter(name => !manifest.provides.includes(name));
  if (missing.length > 0) return `image ${manifest.name} does not provide ${missing.join(', ')}`;
  if (arches !== undefined && !arches.includes(subject.arch)) return `only on ${arches.join(', ')}`;
  return undefined;
};
