import { NetworkError } from '../core/errors.ts';
import { connectWhenReady, type Login } from './ssh/connect.ts';
import { shellQuote } from './ssh/quote.ts';
import { hostKeyPath } from './user-data/additions.ts';

/** A clone wakes up with its template's keys and its template's time; it gets its own. */
export interface AdoptOptions {
  /** How the template was reached. */
  readonly template: Login;
  /** authorized_keys line of the template's login key, which the clone gives up. */
  readonly templateKey: string;
  readonly ownKey: string;
  readonly hostPrivateKey: string;
  readonly hostPublicKey: string;
  /** sshd is started for each connection. */
  readonly socketActivated: boolean;
  /** Milliseconds. */
  readonly until: number;
  readonly slowdown: number;
  readonly signal: AbortSignal;
}

/** Milliseconds between tries: a clone answers as soon as it runs. */
const connectEvery = 100;

/**
 * Gives a clone its own host key, login key and the right time over one connection with the template's keys. The
 * next connection is made with the new ones: sshd reads its host key for each.
 */
export const adoptClone = async (options: AdoptOptions): Promise<void> => {
  const { template, hostPrivateKey, until, slowdown, signal } = options;
  const connection = await connectWhenReady({ ...template, every: connectEvery, until, slowdown, signal });
  try {
    // One command: under emulation every program that is started costs tenths of a second.
    const command = `sudo sh -c ${shellQuote(renewal(options))} sh "$HOME"`;
    const result = await connection.exec(command, { input: hostPrivateKey, signal });
    if (result.code !== 0)
      throw new NetworkError('clone-keys', `a clone could not be given its keys: ${result.stderr.trim()}`);
  } finally {
    connection.close();
  }
};

/** The private key comes on standard input. Key lines have no `|`. */
const renewal = ({ templateKey, ownKey, hostPublicKey, socketActivated }: AdoptOptions): string => {
  const [old, fresh] = [templateKey, ownKey].map(line => line.trim().split(' ').slice(0, 2).join(' '));
  const seconds = (Date.now() / 1000).toFixed(3);
  return [
    'set -e',
    `date --set=@${seconds} >/dev/null`,
    `umask 077; cat >${hostKeyPath}`,
    `echo ${shellQuote(hostPublicKey)} >${hostKeyPath}.pub`,
    `find "$1/.ssh" -type f -exec sed -i ${shellQuote(`s|${old}|${fresh}|`)} {} +`,
    // A server that runs all the time has to read the host key again; one that is started anew does it by itself.
    ...(socketActivated ? [] : ['systemctl try-reload-or-restart sshd.service']),
  ].join('\n');
};
