import type { CauseKind } from './outcome.ts';

/** A piece of proof that belongs to a failure: where it was seen and the decisive text. */
export interface Evidence {
  readonly source: 'console' | 'journal' | 'command' | 'platform' | 'file';
  /** Excerpt, at most a few dozen lines; redacted by whoever writes it down. */
  readonly text: string;
  /** File in the run folder (relative), when the whole log is kept. */
  readonly path?: string;
  /** 1-based line in `path` that decides. */
  readonly line?: number;
  readonly machine?: string;
}

export interface KolaErrorOptions {
  /** What the reader can do about it. */
  readonly hint?: string;
  readonly evidence?: readonly Evidence[];
  readonly cause?: unknown;
}

/**
 * Base of every error that kola raises on purpose. `kind` decides retry and verdict, `code` is stable for
 * machines, `message` is one line: what was expected, what was found, where.
 */
export abstract class KolaError extends Error {
  abstract readonly kind: CauseKind;
  readonly code: string;
  readonly hint: string | undefined;
  readonly evidence: readonly Evidence[];

  constructor(code: string, message: string, options: KolaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.evidence = options.evidence ?? [];
  }
}

/** The operating system under test did something wrong. */
export class ProductError extends KolaError {
  override name = 'ProductError';
  readonly kind = 'product';
}

/** The scenario itself is wrong: no check ran, a bad declaration, an exception in its body. */
export class ScenarioError extends KolaError {
  override name = 'ScenarioError';
  readonly kind = 'scenario';
}

/** The platform could not create, start or describe a machine or image. */
export class ProvisioningError extends KolaError {
  override name = 'ProvisioningError';
  readonly kind = 'provisioning';
}

/** Quota, stock or host memory: nothing wrong, but no room. */
export class CapacityError extends KolaError {
  override name = 'CapacityError';
  readonly kind = 'capacity';
}

/** A connection between the harness and a machine or service. */
export class NetworkError extends KolaError {
  override name = 'NetworkError';
  readonly kind = 'network';
}

/** Something on our side: a full disk, a missing program, a bug. */
export class HarnessError extends KolaError {
  override name = 'HarnessError';
  readonly kind = 'harness';
}

/** The caller asked for something impossible: exit code 3. */
export class UsageError extends KolaError {
  override name = 'UsageError';
  readonly kind = 'usage';
}

/** A deadline passed. `during` says which clock; the cause kind depends on it. */
export class DeadlineError extends KolaError {
  override name = 'DeadlineError';
  readonly kind: CauseKind;
  readonly during: Phase;
  constructor(during: Phase, message: string, options: KolaErrorOptions = {}) {
    super(`deadline-${during}`, message, options);
    this.during = during;
    // A machine that never came up is first of all suspected of being broken: boot counts against the product.
    this.kind = during === 'provision' ? 'provisioning' : during === 'teardown' ? 'harness' : 'product';
  }
}

/** The run is being stopped (SIGINT, SIGTERM, --fail-fast). */
export class InterruptedError extends KolaError {
  override name = 'InterruptedError';
  readonly kind = 'harness';
  constructor(message = 'the run was interrupted') {
    super('interrupted', message);
  }
}

/** The scenario cannot be tested here and now (an external service is away …): outcome `blocked`. */
export class BlockedError extends KolaError {
  override name = 'BlockedError';
  readonly kind: CauseKind;
  constructor(message: string, options: KolaErrorOptions & { readonly kind?: CauseKind } = {}) {
    super('blocked', message, options);
    this.kind = options.kind ?? 'network';
  }
}

/** The scenario decided at run time that it does not apply: outcome `skipped`. */
export class SkippedError extends KolaError {
  override name = 'SkippedError';
  readonly kind = 'scenario';
  constructor(reason: string) {
    super('skipped', reason);
  }
}

/** The parts of an attempt that have a clock of their own. */
export const phases = ['provision', 'boot', 'run', 'teardown'] as const;
export type Phase = (typeof phases)[number];

/** Wraps whatever was thrown into a KolaError, keeping it as the cause. */
export const asKolaError = (thrown: unknown): KolaError => {
  if (thrown instanceof KolaError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const fault = thrown instanceof Error && 'code' in thrown ? hostFaults.get(thrown.code) : undefined;
  if (fault !== undefined) return new HarnessError(fault.code, message, { hint: fault.hint, cause: thrown });
  return new HarnessError('unexpected', message, { cause: thrown });
};

const room = {
  code: 'disk-full',
  hint: 'free some space there, then try again; kola doctor says how much is wanted',
};

/** What this machine may refuse anywhere: no fault of kola's, so it is not called unexpected. */
const hostFaults: ReadonlyMap<unknown, { readonly code: string; readonly hint: string }> = new Map([
  ['ENOSPC', room],
  ['EDQUOT', room],
  ['EROFS', { code: 'read-only', hint: 'the file system is read-only: name a folder on another one' }],
  [
    'EMFILE',
    {
      code: 'open-files',
      hint: 'raise the limit of open files (ulimit -n), or run fewer machines at once (-j)',
    },
  ],
  ['ENFILE', { code: 'open-files', hint: 'this machine has too many open files' }],
]);
