/**
 * What the pages of the dashboard show, as plain data. Whoever reads the store fills these in; pages only render
 * them. All times are milliseconds since the epoch, durations milliseconds.
 */
export type Decision = 'GO' | 'NO-GO' | 'UNDECIDED';
export type RequirementState = 'met' | 'waived' | 'missing' | 'unmet';
export type CellState = 'passed' | 'flaky' | 'failed' | 'waived' | 'missing';

/** What a reader has to know before believing a page. */
export interface Marks {
  /** Made up for an example. */
  readonly synthetic: boolean;
  /** Of the reference guest or another image that is no release. */
  readonly reference: boolean;
  /** Kept out of exports. */
  readonly embargoed?: boolean;
}

/** What every page is told about its surroundings. */
export interface Frame {
  /** Way to the top of the site: `''`, `'../'`, `'../../'` … */
  readonly root: string;
  /** When the page's data was read. */
  readonly at: number;
  /** The page is served, so that it can be told of news; false = a static file. */
  readonly live: boolean;
  /** Votes and waivers may be sent from the page, and how their sender is known. */
  readonly access: 'none' | 'token' | 'proxy';
  readonly marks: Marks;
}

export type MeetingState =
  | { readonly state: 'not-opened' }
  | {
      readonly state: 'voting';
      readonly go: number;
      readonly noGo: number;
      readonly voters: number;
      /** From when on one GO is enough; null = never. */
      readonly lazyFrom: number | null;
    }
  | { readonly state: 'decided'; readonly outcome: 'GO' | 'NO-GO'; readonly at: number }
  | { readonly state: 'broken'; readonly why: string };

/** V1: one line of the release board. */
export interface BoardCandidate {
  readonly channel: string;
  readonly version: string;
  readonly previous: string | null;
  readonly decision: Decision;
  readonly arches: readonly BoardArch[];
  readonly soak: { readonly days: number | null; readonly required: number } | null;
  /** Oldest result that counts. */
  readonly oldestAt: number | null;
  readonly meeting: MeetingState;
  readonly marks: Marks;
}

export interface BoardArch {
  readonly arch: string;
  readonly decision: Decision;
  readonly digests: readonly string[];
  readonly unmet: number;
  readonly missing: number;
  readonly waived: number;
  readonly warnings: number;
  readonly tested: number;
  readonly expected: number;
  readonly flaky: number;
}

/** A version with results, counted without judging it. */
export interface TestedVersion {
  readonly channel: string;
  readonly version: string;
  readonly arches: readonly string[];
  readonly targets: number;
  readonly planned: number;
  readonly decided: number;
  readonly passed: number;
  readonly failed: number;
  readonly flaky: number;
  readonly lastAt: number;
  readonly marks: Marks;
}

export interface BoardModel {
  readonly policy: { readonly id: string; readonly title: string };
  /** Null without candidates. */
  readonly overall: Decision | null;
  readonly candidates: readonly BoardCandidate[];
  readonly tested: readonly TestedVersion[];
}

/** Head of every page about one release. */
export interface ReleaseHead {
  readonly channel: string;
  readonly version: string;
  readonly previous: string | null;
  /** Null when no policy judges it, with the reason in `unjudged`. */
  readonly decision: Decision | null;
  readonly unjudged: string | null;
  readonly policy: string;
  readonly arches: readonly {
    readonly arch: string;
    readonly decision: Decision;
    readonly digests: readonly string[];
    readonly counts: Readonly<Record<CellState, number>>;
  }[];
  readonly meeting: MeetingState;
}

export interface FindingView {
  readonly state: RequirementState;
  readonly text: string;
  readonly subject: string;
  readonly evidence: readonly string[];
  readonly since: number | null;
  readonly action: string | null;
}

export interface RequirementView {
  readonly id: string;
  readonly rule: string;
  readonly text: string;
  readonly scope: {
    readonly channel: string;
    readonly arch: string | null;
    readonly platform: string | null;
  };
  readonly severity: 'blocking' | 'warning';
  readonly state: RequirementState;
  readonly findings: readonly FindingView[];
}

/** V2: what one platform says on one architecture. */
export interface MatrixCell {
  readonly platform: string;
  readonly arch: string;
  readonly role: 'blocking' | 'informing' | 'other';
  readonly passed: number;
  readonly failed: number;
  readonly flaky: number;
  readonly waived: number;
  /** Expected without any result. */
  readonly notRun: number;
  /** Without a result that says something, because infrastructure failed. */
  readonly infrastructure: number;
  /** Over all counted results. */
  readonly took: number;
  readonly attempts: number;
  /** Scenarios tested more (or fewer) than in the previous release; null = nothing to compare with. */
  readonly coverage: number | null;
  readonly lastRun: string | null;
  readonly lastAt: number | null;
  /** Targets that do not count, with the reason. */
  readonly ignored: number;
  readonly imported: boolean;
  readonly marks: Marks;
  /** Where results come from when no adapter is here. */
  readonly note: string | null;
  /** Of all runs that count; null = no price is known. */
  readonly cost: CostView | null;
}

/** Machine time at list prices: an estimate. */
export interface CostView {
  readonly amount: number;
  readonly currency: string;
  /** Milliseconds of machines whose price is known. */
  readonly machineTime: number;
  /** Machine types that the prices are of. */
  readonly types: readonly string[];
}

/** V2 and V3: the meeting's page. */
export interface ReleaseModel {
  readonly head: ReleaseHead;
  readonly agenda: readonly {
    readonly requirement: Omit<RequirementView, 'state' | 'findings'>;
    readonly finding: FindingView;
  }[];
  readonly requirements: readonly RequirementView[];
  readonly platforms: readonly string[];
  readonly arches: readonly string[];
  readonly cells: readonly MatrixCell[];
  readonly ignored: readonly { readonly run: string; readonly target: string; readonly reason: string }[];
}

/** One platform × architecture of a release, scenario by scenario. */
export interface PlaceModel {
  readonly head: ReleaseHead;
  readonly platform: string;
  readonly arch: string;
  readonly rows: readonly {
    readonly scenario: string;
    readonly state: CellState;
    readonly required: boolean;
    readonly infrastructureOnly: boolean;
    readonly why: string;
    readonly attempts: number | null;
    readonly took: number;
    readonly at: number | null;
    readonly run: string | null;
    readonly waivers: readonly string[];
  }[];
}

/** V4. */
export interface FailuresModel {
  readonly head: ReleaseHead;
  readonly summary: string;
  readonly groups: readonly FailureGroupView[];
}

export interface FailureGroupView {
  readonly cause: string;
  readonly kind: string;
  readonly message: string;
  readonly failures: number;
  readonly scenarios: readonly string[];
  readonly places: readonly string[];
  readonly firstSeen: { readonly version: string; readonly at: number };
  readonly onPrevious: boolean;
  readonly issues: readonly {
    readonly id: string;
    readonly url: string;
    readonly state: 'open' | 'closed';
  }[];
  readonly evidence: readonly string[];
  readonly repro: string;
}

/** V5. */
export interface ScenarioModel {
  readonly scenario: string;
  readonly results: readonly ScenarioPoint[];
  readonly flake: { readonly score: number; readonly flips: number; readonly trend: string };
  readonly waivers: readonly string[];
}

export interface ScenarioPoint {
  readonly scenario: string;
  readonly run: string;
  /** `aws/arm64`. */
  readonly place: string;
  readonly channel: string;
  readonly version: string;
  readonly outcome: string;
  readonly cause: string | null;
  readonly infrastructure: boolean;
  readonly message: string | null;
  readonly attempts: number;
  readonly at: number;
  readonly took: number;
  readonly boot: number | null;
  readonly marks: Marks;
}

export interface TimeChangeView {
  readonly before: number;
  readonly after: number;
  readonly ratio: number;
  readonly p: number;
  readonly significant: boolean;
}

/** V6. */
export interface CompareModel {
  readonly head: ReleaseHead;
  readonly changes: readonly {
    readonly platform: string;
    readonly arch: string;
    readonly scenario: string;
    readonly change: string;
    readonly before: { readonly passes: number; readonly failures: number };
    readonly after: { readonly passes: number; readonly failures: number };
    readonly p: number | null;
    readonly significant: boolean;
    readonly took: TimeChangeView | null;
    readonly boot: TimeChangeView | null;
  }[];
  readonly packages: readonly {
    readonly arch: string;
    readonly name: string;
    readonly kind: string;
    readonly before: string | null;
    readonly after: string | null;
  }[];
  /** Per architecture that both lists of files are known of. */
  readonly files: readonly FileChangesView[];
  /** Bytes. */
  readonly images: readonly {
    readonly arch: string;
    readonly file: string;
    readonly before: number;
    readonly after: number;
  }[];
}

export interface FileChangesView {
  readonly arch: string;
  /** By kind of change, all of them. */
  readonly counts: Readonly<Record<string, number>>;
  /** Bytes that all files grew by. */
  readonly delta: number;
  /** Those that moved most, at most some hundred. */
  readonly changes: readonly {
    readonly path: string;
    readonly kind: string;
    readonly before: string | null;
    readonly after: string | null;
    readonly delta: number;
  }[];
}

/** V7: scenarios planned by place, the newest version first. */
export interface CoverageModel {
  readonly head: ReleaseHead;
  readonly versions: readonly string[];
  readonly rows: readonly {
    readonly place: string;
    readonly role: 'blocking' | 'informing' | 'other';
    readonly floor: number | null;
    /** One for each version; null = not tested. */
    readonly planned: readonly (number | null)[];
    readonly tested: number;
  }[];
  readonly reasons: readonly {
    readonly code: string;
    readonly text: string;
    readonly scenarios: readonly string[];
    readonly places: readonly string[];
  }[];
}

/** V8. */
export interface WaiversModel {
  readonly rows: readonly {
    readonly id: string;
    readonly scenario: string;
    readonly scope: string;
    readonly signature: string;
    readonly tracker: string;
    readonly issue: 'open' | 'closed' | null;
    readonly reason: string;
    readonly author: string;
    readonly approver: string | null;
    readonly expires: string;
    readonly expired: boolean;
    readonly used: number;
    readonly lastUsed: { readonly version: string; readonly at: number } | null;
    readonly removable: boolean;
    readonly matchesNothing: boolean;
  }[];
}

/** V9. */
export interface FlakesModel {
  readonly days: number;
  readonly rows: readonly {
    readonly scenario: string;
    readonly place: string;
    readonly score: number;
    readonly flips: number;
    readonly results: number;
    readonly flaky: number;
    readonly failures: number;
    readonly wasted: number;
    readonly trend: string;
    readonly action: string;
    /** Outcomes, newest first. */
    readonly last: readonly string[];
    readonly lastAt: number;
  }[];
}

/** V10. */
export interface RunModelView {
  readonly run: string;
  readonly format: string;
  readonly imported: boolean;
  readonly startedAt: number;
  readonly lastAt: number;
  readonly ended: boolean;
  readonly verdict: string | null;
  readonly targets: readonly {
    readonly key: string;
    readonly version: string;
    readonly digest: string;
    readonly notice: string | null;
    readonly planned: number;
    readonly decided: number;
    readonly passed: number;
    readonly cost: CostView | null;
  }[];
  readonly machines: readonly MachineBar[];
  readonly attempts: readonly AttemptView[];
  readonly marks: Marks;
}

export interface MachineBar {
  readonly attempt: string;
  readonly machine: string;
  readonly role: string;
  readonly scenario: string;
  readonly number: number;
  readonly outcome: string | null;
  readonly provisioningAt: number;
  readonly bootingAt: number | null;
  readonly readyAt: number | null;
  readonly endedAt: number | null;
}

export interface AttemptView {
  readonly attempt: string;
  readonly scenario: string;
  readonly place: string;
  readonly number: number;
  readonly outcome: string | null;
  readonly cause: string | null;
  readonly message: string | null;
  readonly rule: string | null;
  readonly startedAt: number;
  readonly took: number | null;
  readonly phases: {
    readonly provision: number;
    readonly boot: number;
    readonly run: number;
    readonly teardown: number;
  };
  readonly subtests: readonly { readonly name: string; readonly outcome: string }[];
  readonly logs: readonly LogView[];
}

/** A stretch of a log around the line that decides. */
export interface LogView {
  readonly title: string;
  /** Number of the first line. */
  readonly from: number;
  readonly lines: readonly string[];
  /** Number of the decisive line; null = unknown. */
  readonly mark: number | null;
  /** Only what the event log keeps, as the whole log is not here. */
  readonly excerpt: boolean;
}

export interface RunsModel {
  readonly runs: readonly {
    readonly run: string;
    readonly format: string;
    readonly startedAt: number;
    readonly lastAt: number;
    readonly ended: boolean;
    readonly verdict: string | null;
    readonly targets: readonly string[];
    readonly marks: Marks;
  }[];
}

export interface ScenariosModel {
  readonly days: number;
  readonly rows: readonly {
    readonly scenario: string;
    readonly results: number;
    readonly passed: number;
    readonly unstable: number;
    readonly mean: number;
    readonly lastAt: number;
  }[];
}

/** V11. */
export interface SoakModel {
  readonly head: ReleaseHead;
  readonly from: {
    readonly channel: string;
    readonly version: string;
    readonly releasedAt: number | null;
  } | null;
  readonly days: number | null;
  readonly required: number | null;
  readonly machinesWanted: number | null;
  readonly adoption: readonly {
    readonly channel: string;
    readonly version: string;
    readonly at: number;
    readonly machines: number;
  }[];
  readonly nightlies: readonly {
    readonly version: string;
    readonly passed: number;
    readonly failed: number;
    readonly at: number;
  }[];
  readonly nightliesWanted: number | null;
  readonly issues: readonly {
    readonly id: string;
    readonly url: string;
    readonly title: string;
    readonly state: 'open' | 'closed';
    readonly kind: string;
    readonly openedAt: number | null;
  }[];
}

/** V12. */
export interface DecisionModel {
  readonly head: ReleaseHead;
  readonly rounds: readonly DecisionRound[];
  /** What is wrong with the record; empty = nothing. */
  readonly faults: readonly string[];
  /** A vote can be cast now. */
  readonly open: boolean;
  readonly requirements: readonly string[];
}

export interface DecisionRound {
  readonly round: number;
  readonly openedAt: number;
  readonly by: string;
  readonly policy: { readonly id: string; readonly hash: string };
  readonly evidence: string;
  readonly runs: number;
  readonly waivers: readonly string[];
  readonly verdict: Decision;
  readonly arches: readonly { readonly arch: string; readonly decision: Decision }[];
  readonly quorum: string;
  readonly votes: readonly {
    readonly voter: string;
    readonly vote: string;
    readonly reason: string;
    readonly requirement: string | null;
    readonly at: number;
    readonly signedBy: string | null;
  }[];
  readonly waiting: readonly string[];
  readonly closed: {
    readonly outcome: 'GO' | 'NO-GO';
    readonly how: string;
    readonly by: string;
    readonly at: number;
    readonly conditions: readonly { readonly requirement: string; readonly text: string }[];
    readonly nextReview: number | null;
  } | null;
}
