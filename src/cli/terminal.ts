import type { ExitCode } from '../core/outcome.ts';

/** What a command sees of the process it runs in. */
export interface Terminal {
  /** Writes one line to standard output. */
  out(line: string): void;
  /** Writes one line to standard error: notes, warnings, errors. */
  err(line: string): void;
  /** Writes text as it is to standard output. */
  write(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Somebody sits at both ends: questions may be asked. */
  readonly interactive: boolean;
  /** Standard output is a terminal. */
  readonly outIsTty: boolean;
}

export const processTerminal = (): Terminal => {
  // `kola list | head` is no error.
  process.stdout.on('error', error => {
    if ('code' in error && error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    out: line => process.stdout.write(`${line}\n`),
    err: line => process.stderr.write(`${line}\n`),
    write: text => process.stdout.write(text),
    env: process.env,
    cwd: process.cwd(),
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    outIsTty: process.stdout.isTTY === true,
  };
};

/** Thrown by a command that has said all there is to say. */
export class Exit extends Error {
  override name = 'Exit';
  readonly code: ExitCode;
  constructor(code: ExitCode) {
    super(`exit ${code}`);
    this.code = code;
  }
}
