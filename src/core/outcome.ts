/** What happened to a scenario. Why it happened is a {@link CauseKind}. */
export const outcomes = [
  'passed',
  'failed',
  'flaky',
  'timedout',
  'skipped',
  'interrupted',
  'blocked',
  'notrun',
] as const;
export type Outcome = (typeof outcomes)[number];

/**
 * Who has to act.
 * `product` the operating system · `scenario` the test itself · `provisioning` the platform could not make the
 * machine · `capacity` quota or stock · `network` between us and the machine · `harness` kola · `usage` the call.
 */
export const causeKinds = [
  'product',
  'scenario',
  'provisioning',
  'capacity',
  'network',
  'harness',
  'usage',
] as const;
export type CauseKind = (typeof causeKinds)[number];

/** Causes that say nothing about the image under test: retried, and never counted as a product failure. */
export const isInfrastructure = (kind: CauseKind): boolean =>
  kind === 'provisioning' || kind === 'capacity' || kind === 'network' || kind === 'harness';

/** Code of the failure of a scenario that failed on a shared machine only. */
export const interferenceCode = 'interference';

/** Process exit codes, a contract with callers. */
export const exitCode = {
  passed: 0,
  failed: 1,
  infrastructure: 2,
  usage: 3,
  nothingSelected: 4,
  interrupted: 5,
  flaky: 6,
  noGo: 7,
  undecided: 8,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
