/**
 * The tables of the history, one schema for SQLite and PostgreSQL. Keys are natural ones (a run id and ordinals
 * in it), so that the same import gives the same rows anywhere. Times are milliseconds since the epoch, durations
 * milliseconds, truth values 0 and 1, because both databases have those.
 */
export interface Database {
  runs: RunsTable;
  targets: TargetsTable;
  plans: PlansTable;
  results: ResultsTable;
  attempts: AttemptsTable;
  subtests: SubtestsTable;
  machines: MachinesTable;
  scenario_days: ScenarioDaysTable;
  releases: ReleasesTable;
  release_files: ReleaseFilesTable;
  adoption: AdoptionTable;
  issues: IssuesTable;
}

export interface RunsTable {
  run: string;
  /** `kola`, `go-kola`, `tap` or `junit`. */
  format: string;
  provenance: string;
  synthetic: number;
  policy: string | null;
  embargoed: number;
  started_at: number;
  last_event_at: number;
  ended: number;
  exit_code: number | null;
  verdict: string | null;
  /** Number of events imported so far; 0 for foreign reports. */
  last_seq: number;
  /** SHA-256 over the bytes of those events, or of the foreign report. */
  content_hash: string;
  /** File or folder it came from, for people. */
  source: string;
  imported_at: number;
}

export interface TargetsTable {
  run: string;
  /** 0-based place in the run. */
  target: number;
  platform: string;
  arch: string;
  variant: string;
  channel: string;
  version: string;
  digest: string;
  kind: string;
  image: string;
  notice: string | null;
  plan: string;
  started_at: number;
  planned: number;
  decided: number;
  passed: number;
  failed: number;
  flaky: number;
  /** Milliseconds that its machines were up, summed; 0 when nobody said. */
  machine_time: number;
}

/** Content-addressed, as most runs of a release plan the same. */
export interface PlansTable {
  hash: string;
  /** JSON: string[] of scenario names with `#copy`. */
  selected: string;
  /** JSON: { scenario, code, text }[]. */
  unselected: string;
}

export interface ResultsTable {
  run: string;
  target: number;
  scenario: string;
  copy: number;
  outcome: string;
  cause: string | null;
  code: string | null;
  signature: string | null;
  message: string | null;
  rule: string | null;
  attempts: number;
  decided_at: number;
  took: number;
  boot: number | null;
}

export interface AttemptsTable {
  run: string;
  attempt: string;
  target: number;
  scenario: string;
  copy: number;
  number: number;
  /** null while it is running, or when the log stops. */
  outcome: string | null;
  cause: string | null;
  signature: string | null;
  message: string | null;
  rule: string | null;
  started_at: number;
  ended_at: number | null;
  provision: number;
  boot: number;
  body: number;
  teardown: number;
  /** JSON: evidence of the failure, as in the event. */
  evidence: string | null;
}

export interface SubtestsTable {
  run: string;
  attempt: string;
  subtest: string;
  outcome: string;
  took: number;
  message: string | null;
  signature: string | null;
}

export interface MachinesTable {
  run: string;
  /** Empty for a machine that several attempts shared. */
  attempt: string;
  machine: string;
  role: string;
  /** The last one; `shared` and `released` are of an attempt that used a machine of others. */
  phase: string;
  provisioning_at: number;
  booting_at: number | null;
  ready_at: number | null;
  ended_at: number | null;
  platform_id: string | null;
  folder: string | null;
}

/** Results of one scenario on one day, counted while they are imported: the sums of a month need not read them all. */
export interface ScenarioDaysTable {
  /** Days since the epoch (UTC) of the decision. */
  day: number;
  scenario: string;
  embargoed: number;
  results: number;
  passed: number;
  /** Failed, timed out or flaky. */
  unstable: number;
  took: number;
  last_at: number;
}

export interface ReleasesTable {
  channel: string;
  version: string;
  /** JSON: ReleaseFacts. */
  facts: string;
}

export interface ReleaseFilesTable {
  channel: string;
  version: string;
  arch: string;
  /** `packages` or `contents`. */
  kind: string;
  /** Base64 of the compressed list. */
  gzip: string;
}

export interface AdoptionTable {
  channel: string;
  version: string;
  at: number;
  machines: number;
  source: string | null;
}

export interface IssuesTable {
  id: string;
  /** JSON: ReleaseIssue. */
  issue: string;
}
