/**
 * Services that run inside the harness and that machines under test talk to. They listen on loopback with
 * ephemeral ports; a platform that lets guests reach the harness says under which address.
 */
export const serviceNames = ['http', 'tftp', 'ntp', 'discovery', 'omaha', 'tang'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** What every log entry carries: its place (1, 2, 3 …) and when it was made, in milliseconds since the epoch. */
export interface Logged {
  readonly seq: number;
  readonly time: number;
}

export interface AwaitOptions {
  /** Milliseconds, on real hardware; scaled under emulation. Default 30 s. */
  readonly until?: number;
  /** Only entries after this {@link ServiceLog.mark}; default: all since the service was started. */
  readonly after?: number;
  readonly signal?: AbortSignal;
}

/** What clients asked of a service, in order. Entries are made before the answer leaves. */
export interface ServiceLog<Entry> {
  readonly entries: readonly (Entry & Logged)[];
  /** The place of the newest entry: pass it as `after` to wait for what happens from now on. */
  mark(): number;
  /** The first entry that matches, now or within `until`; throws `PollTimeout` naming `what`. */
  wait(
    what: string,
    matches: (entry: Entry & Logged) => boolean,
    options?: AwaitOptions,
  ): Promise<Entry & Logged>;
}

export interface Service<Entry> {
  readonly port: number;
  /** How machines under test reach it, without a trailing slash: `http://10.0.2.2:40123`. */
  readonly guestUrl: string;
  /** How the harness itself reaches it. */
  readonly localUrl: string;
  readonly log: ServiceLog<Entry>;
}

/** Several instances of one service are told apart by name; without one there is a single instance. */
export interface NamedOptions {
  readonly name?: string;
}

export interface HttpRequest {
  readonly method: string;
  /** Percent-decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Aborted when the client goes away or the service stops. */
  readonly signal: AbortSignal;
}

export type HttpAnswer =
  | string
  | Uint8Array
  | {
      /** Default 200. */
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
      /** Path of a local file to send instead of `body`, streamed. */
      readonly file?: string;
    };

/** A fixed answer is for GET and HEAD and honours `Range`; a function sees every method. */
export type HttpRoute = HttpAnswer | ((request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>);

export type HttpRecord = Omit<HttpRequest, 'signal'> & {
  readonly status: number;
  /** Why the handler of the scenario threw, when it did (the client got a 500). */
  readonly problem?: string;
};

export interface HttpOptions extends NamedOptions {
  /** Most bytes of a request body; default 1 MiB. More is answered with 413. */
  readonly bodyLimit?: number;
}

export interface HttpsOptions extends HttpOptions {
  /** DNS names and IP addresses of the certificate; default: the harness's address, 127.0.0.1 and localhost. */
  readonly names?: readonly string[];
}

export interface HttpService extends Service<HttpRecord> {
  /** Answers under this path; one that ends in `/*` answers for everything below. Returns the URL for guests. */
  serve(path: string, route: HttpRoute): string;
  /** The first request for this path. */
  awaitRequest(path: string, options?: AwaitOptions): Promise<HttpRecord & Logged>;
}

export interface HttpsService extends HttpService {
  /** Certificate of the authority that signed this server's, PEM. One authority for all services of an attempt. */
  readonly authority: string;
}

export type TftpRecord =
  | { readonly kind: 'read'; readonly path: string; readonly options: Readonly<Record<string, string>> }
  | { readonly kind: 'sent'; readonly path: string; readonly bytes: number }
  | { readonly kind: 'refused'; readonly path: string; readonly reason: string }
  | { readonly kind: 'broken'; readonly path: string; readonly reason: string };

export interface TftpService extends Service<TftpRecord> {
  /** Offers a file. Returns the URL for guests. */
  serve(path: string, content: string | Uint8Array): string;
  /** The first complete transfer of this path. */
  awaitSent(path: string, options?: AwaitOptions): Promise<TftpRecord & Logged>;
}

export interface NtpOptions extends NamedOptions {
  /** Milliseconds that the server's time is ahead of the harness's. Default 0. */
  readonly offset?: number;
  /** Default: an ephemeral one. Clients that only know 123 need that port, which needs root on the harness. */
  readonly port?: number;
}

export interface NtpRecord {
  /** Protocol version of the client, 1 … 4. */
  readonly version: number;
  readonly from: string;
  /** The client's own transmit time, milliseconds since the epoch; undefined when it sent none. */
  readonly clientTime: number | undefined;
  /** The time it was told. */
  readonly told: number;
}

export interface NtpService extends Service<NtpRecord> {
  /** Milliseconds ahead of the harness's clock from now on. */
  setOffset(offset: number): void;
  awaitClient(options?: AwaitOptions): Promise<NtpRecord & Logged>;
}

export type DiscoveryRecord =
  | { readonly kind: 'size'; readonly token: string }
  | { readonly kind: 'list'; readonly token: string }
  | { readonly kind: 'wait'; readonly token: string }
  | { readonly kind: 'join'; readonly token: string; readonly member: string; readonly peers: string }
  | { readonly kind: 'refused'; readonly token: string; readonly reason: string };

export interface DiscoveryService extends Service<DiscoveryRecord> {
  /** A fresh cluster of this many members. Returns the discovery URL for guests. */
  cluster(size: number): string;
}

/** Event types of Omaha v3 that update clients send. */
export const omahaEventTypes = {
  unknown: 0,
  downloadComplete: 1,
  installComplete: 2,
  updateComplete: 3,
  uninstall: 4,
  downloadStarted: 5,
  installStarted: 6,
  updateDownloadStarted: 13,
  updateDownloadFinished: 14,
  updateInstallerStarted: 15,
} as const;
export type OmahaEventType = keyof typeof omahaEventTypes;

export const omahaEventResults = {
  error: 0,
  success: 1,
  successReboot: 2,
  cancelled: 4,
  deferred: 9,
} as const;
export type OmahaEventResult = keyof typeof omahaEventResults;

/** Who asked: one machine's Flatcar application. */
export interface OmahaClient {
  readonly app: string;
  readonly version: string;
  /** The GROUP of update.conf. */
  readonly track: string;
  readonly machineId: string;
  readonly bootId: string;
  readonly board: string;
  readonly oem: string;
}

export type OmahaRecord =
  | { readonly kind: 'ping'; readonly client: OmahaClient }
  | {
      readonly kind: 'check';
      readonly client: OmahaClient;
      /** Version that was offered, or the status it got instead. */
      readonly offered: string | undefined;
      readonly status: string;
      /** Why there was no update. */
      readonly reason: string | undefined;
    }
  | {
      readonly kind: 'event';
      readonly client: OmahaClient;
      readonly type: number;
      readonly result: number;
      readonly errorCode: number;
      readonly previousVersion: string;
    }
  | { readonly kind: 'download'; readonly package: string; readonly status: number; readonly range: string }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string };

/** A payload and who is offered it. The first update that fits a client is offered. */
export interface OmahaUpdate {
  /** Version that the client will be at. Nobody at it or above is offered it, unless `always`. */
  readonly version: string;
  /** Local paths; the first is the payload, others (sysexts) come beside it. Names are the files' own. */
  readonly packages: readonly string[];
  /** Only clients with one of these tracks; default: all. */
  readonly tracks?: readonly string[];
  /** Only clients of this board: `amd64-usr`. */
  readonly board?: string;
  /** Only clients at this version or above … */
  readonly from?: string;
  /** … and below this one. */
  readonly until?: string;
  /** Offered whatever the client's version: what a simple test server does. */
  readonly always?: boolean;
}

export interface OmahaWho extends AwaitOptions {
  /** Only this machine (`/etc/machine-id`). */
  readonly machineId?: string;
}

export interface OmahaService extends Service<OmahaRecord> {
  /** For `SERVER=` in update.conf. */
  readonly updateUrl: string;
  /** Adds an update; hashes its packages. */
  offer(update: OmahaUpdate): Promise<void>;
  /** From now on there is no update for anybody. */
  withdraw(): void;
  awaitPing(options?: OmahaWho): Promise<OmahaRecord & Logged>;
  awaitCheck(options?: OmahaWho): Promise<OmahaRecord & Logged>;
  awaitEvent(
    type: OmahaEventType,
    result: OmahaEventResult,
    options?: OmahaWho,
  ): Promise<OmahaRecord & Logged>;
}

export type TangRecord =
  | { readonly kind: 'advertised'; readonly thumbprint: string | undefined }
  | { readonly kind: 'recovered'; readonly thumbprint: string }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string };

export interface TangService extends Service<TangRecord> {
  /** SHA-256 thumbprint of the signing key, for `thp` / `thumbprint`. */
  readonly thumbprint: string;
  /** New keys are advertised from now on; the old ones still recover. Returns the new thumbprint. */
  rotate(): string;
  /** The keys that were rotated out are gone: what was bound to them can't be recovered any more. */
  forgetRotated(): void;
  awaitRecovery(options?: AwaitOptions): Promise<TangRecord & Logged>;
}

/**
 * The services of one attempt. Each is started when it is first asked for; the same name gives the same instance.
 * Throws `BlockedError` where machines cannot reach the harness.
 */
export interface Services {
  http(options?: HttpOptions): Promise<HttpService>;
  https(options?: HttpsOptions): Promise<HttpsService>;
  tftp(options?: NamedOptions): Promise<TftpService>;
  ntp(options?: NtpOptions): Promise<NtpService>;
  discovery(options?: NamedOptions): Promise<DiscoveryService>;
  omaha(options?: NamedOptions): Promise<OmahaService>;
  tang(options?: NamedOptions): Promise<TangService>;
}

/** Whether something outside the test network answers. */
export type Reachability =
  | { readonly reachable: true }
  | { readonly reachable: false; readonly reason: string };

/** Answers `needs.external`: `internet`, `registry:ghcr.io`, `dns:flatcar.org`, `ntp:…`, `tcp:HOST:PORT`, `https://…`. */
export interface ExternalProbes {
  /** At most 3 s; the answer is kept for the run. Throws `ScenarioError` for a need it does not understand. */
  reach(need: string, signal: AbortSignal): Promise<Reachability>;
}
