import { limited, orAborted } from '../limit.ts';
import { connectWhenReady, type Login } from './connect.ts';
import type { SshConnection } from './connection.ts';
import { placeText, sshError } from './failure.ts';

export interface LinkOptions extends Login {
  /** Milliseconds between connection tries. */
  readonly every: number;
  readonly slowdown: number;
  /** Called with every new connection: the first, and one after each reboot or break. */
  readonly onConnection: (connection: SshConnection) => void;
  readonly onAttempt?: (number: number, outcome: string) => void;
}

export interface LinkWait {
  /** Milliseconds. */
  readonly until: number;
  readonly signal: AbortSignal;
}

/**
 * The one connection to a machine, made again whenever it breaks, until the link is closed. Everyone who needs it
 * waits for the same try.
 */
export class SshLink {
  readonly #options: LinkOptions;
  readonly #end = new AbortController();
  #live: SshConnection | undefined;
  #connecting: Promise<SshConnection> | undefined;
  #lastOutcome = 'not tried yet';

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** What the last try to connect came to, for messages. */
  get lastOutcome(): string {
    return this.#lastOutcome;
  }

  /** The connection, when there is one right now. */
  get live(): SshConnection | undefined {
    return this.#live?.over.aborted ? undefined : this.#live;
  }

  /** The connection, or a NetworkError when there is none within `until`. */
  async connection(wait: LinkWait): Promise<SshConnection> {
    this.#end.signal.throwIfAborted();
    if (this.live !== undefined) return this.live;
    const late = () =>
      sshError(
        'ssh-unreachable',
        `no SSH connection to ${placeText(this.#options)} within ${Math.round(wait.until / 1000)} s; last try: ${this.#lastOutcome}`,
      );
    const limit = limited(wait.until, late, wait.signal);
    try {
      return await orAborted(this.#connect(), limit.signal);
    } finally {
      limit.clear();
    }
  }

  /** Ends the current connection, as if it had broken: a new one is made. */
  drop(): void {
    this.#live?.close();
  }

  close(): void {
    this.#end.abort(sshError('ssh-disconnected', `the link to ${placeText(this.#options)} is closed`));
    this.#live?.close();
  }

  #connect(): Promise<SshConnection> {
    if (this.#connecting !== undefined) return this.#connecting;
    const connecting = this.#establish().finally(() => {
      this.#connecting = undefined;
    });
    this.#connecting = connecting;
    return connecting;
  }

  async #establish(): Promise<SshConnection> {
    const connection = await connectWhenReady({
      ...this.#options,
      until: Number.POSITIVE_INFINITY,
      signal: this.#end.signal,
      onAttempt: (number, outcome) => {
        this.#lastOutcome = outcome;
        this.#options.onAttempt?.(number, outcome);
      },
    });
    this.#live = connection;
    connection.over.addEventListener('abort', () => this.#again(), { once: true });
    this.#options.onConnection(connection);
    return connection;
  }

  #again(): void {
    if (this.#end.signal.aborted) return;
    // Who needs the connection asks for it and gets the error; here it would have no reader.
    this.#connect().catch(() => undefined);
  }
}
