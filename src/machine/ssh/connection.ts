import type { Client, ClientChannel } from 'ssh2';
import type { CommandResult } from '../../core/machine.ts';
import { PollTimeout, poll } from '../../core/poll.ts';
import { converse, type ExecOptions } from './command.ts';
import { sshError } from './failure.ts';
import { shortCommand } from './quote.ts';
import { openSession, type Session, type SessionOptions } from './session.ts';
import { Slots } from './slots.ts';

/**
 * Commands at once on one connection. sshd allows 10 sessions but frees one later than the client sees its end,
 * so that more than 4 gain little and are refused now and then.
 */
const maxCommands = 4;
const defaultTimeout = 60_000;
/** SSH_OPEN_CONNECT_FAILED: what sshd answers at its MaxSessions. */
const refused = 2;

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && 'reason' in error && error.reason === refused;

/** A command that runs; wrapped, because a bare promise would be awaited together with the opening. */
interface Running {
  readonly result: Promise<CommandResult>;
}
type Begin = (channel: ClientChannel) => Promise<CommandResult>;

/**
 * Opens one channel and begins the conversation in the very same turn: a command that ends at once can have its
 * exit status in the packet that opens the channel. ssh2 throws synchronously on a dead connection.
 */
const openChannel = (client: Client, command: string, begin: Begin): Promise<Running> => {
  const { promise, resolve, reject } = Promise.withResolvers<Running>();
  try {
    client.exec(command, (error, channel) =>
      error === undefined ? resolve({ result: begin(channel) }) : reject(error),
    );
  } catch (error) {
    reject(error);
  }
  return promise;
};

/** One authenticated connection to one machine. */
export class SshConnection {
  readonly #session: Session;
  readonly #slots = new Slots(maxCommands);

  private constructor(session: Session) {
    this.#session = session;
  }

  static async open(options: SessionOptions): Promise<SshConnection> {
    return new SshConnection(await openSession(options));
  }

  /** Aborted with a NetworkError when the connection has ended. */
  get over(): AbortSignal {
    return this.#session.over;
  }

  /** Runs a command in one of the slots; its deadline runs from the moment it has one. */
  async exec(command: string, options: ExecOptions = {}): Promise<CommandResult> {
    const release = await this.#slots.take(this.over, ...(options.signal ? [options.signal] : []));
    try {
      return await this.stream(command, options);
    } finally {
      release();
    }
  }

  /** Runs a command outside the slots: for the one long-lived stream, which must not starve the others. */
  async stream(command: string, options: ExecOptions = {}): Promise<CommandResult> {
    const timeout = options.timeout ?? defaultTimeout;
    const begin: Begin = channel => converse(channel, command, { ...options, timeout }, this.over);
    const running = await this.#open(command, timeout, options.signal, begin);
    return await running.result;
  }

  close(): void {
    this.#session.client.end();
    this.#session.client.destroy();
  }

  async #open(
    command: string,
    timeout: number,
    signal: AbortSignal | undefined,
    begin: Begin,
  ): Promise<Running> {
    const until = Math.min(timeout, defaultTimeout);
    const wait = { every: 50, until, what: 'a free SSH session' };
    try {
      return await poll({ ...wait, ...(signal ? { signal } : {}) }, async () => {
        try {
          return { done: await openChannel(this.#session.client, command, begin) };
        } catch (error) {
          if (isRefusal(error)) return { pending: 'the server refused one more session' };
          throw error;
        }
      });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (this.over.aborted) throw this.over.reason;
      if (error instanceof PollTimeout)
        throw sshError(
          'ssh-channel-refused',
          `SSH refused a session for ${until / 1000} s: ${shortCommand(command)}`,
          { hint: "commands that were left running on the machine use up sshd's MaxSessions", cause: error },
        );
      throw sshError('ssh-disconnected', `SSH could not start a command: ${shortCommand(command)}`, {
        cause: error,
      });
    }
  }
}
