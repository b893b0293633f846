import type { CommandResult, Machine } from '../../src/core/machine.ts';
import { asRoot } from './_root-script.ts';

export interface Login {
  readonly user: string;
  /** Path of the private key on the machine. */
  readonly key: string;
  readonly port?: number;
  readonly command: string;
}

const options = [
  'BatchMode=yes',
  'IdentitiesOnly=yes',
  'StrictHostKeyChecking=no',
  'UserKnownHostsFile=/dev/null',
  'LogLevel=ERROR',
  'ConnectTimeout=60',
];

/** Logs in over SSH from the machine to itself, with one key and nothing else. */
export const loginAs = (machine: Machine, { user, key, port = 22, command }: Login): Promise<CommandResult> =>
  machine.try(
    `ssh ${options.map(option => `-o ${option}`).join(' ')} -p ${port} -i ${key} ${user}@127.0.0.1 '${command}'`,
    { timeout: 120_000 },
  );

/** Makes a key pair that belongs to the user who is logged in. */
export const makeKey = (machine: Machine, path: string): Promise<string> =>
  machine.run(`ssh-keygen -q -t ed25519 -N '' -f ${path}`);

/** Lets the key in as another user. */
export const letIn = async (machine: Machine, user: string, key: string): Promise<void> => {
  await asRoot(machine, [
    `home=$(getent passwd ${user} | cut -d: -f6)`,
    `install -d -m 700 -o ${user} -g "$(id -g ${user})" "$home/.ssh"`,
    `cat ${key}.pub >> "$home/.ssh/authorized_keys"`,
    `chown ${user}: "$home/.ssh/authorized_keys"`,
    `chmod 600 "$home/.ssh/authorized_keys"`,
  ]);
};
