import { ProductError } from '../../src/core/errors.ts';
import { brandId } from '../../src/core/ids.ts';
import type { CommandResult, Machine } from '../../src/core/machine.ts';

/** What a command answers: text for a success, or parts of a result. */
export type Answer = string | Partial<CommandResult>;
export type Script = readonly (readonly [RegExp, Answer | (() => Answer)])[];

export interface FakeMachine extends Machine {
  /** Commands in the order they came, reboots as `(reboot)`. */
  readonly commands: readonly string[];
}

export interface FakeMachineOptions {
  readonly role?: string;
  readonly acceptsPassword?: (user: string, password: string) => boolean;
  /** After a reboot this one answers. */
  readonly afterReboot?: Script;
  readonly files?: Readonly<Record<string, string>>;
}

/** A machine that answers commands by the first pattern that matches; anything else is a mistake of the test. */
export const fakeMachine = (script: Script, options: FakeMachineOptions = {}): FakeMachine => {
  const commands: string[] = [];
  const files = new Map(Object.entries(options.files ?? {}));
  let current = script;
  const answer = (command: string): CommandResult => {
    commands.push(command);
    const found = current.find(([pattern]) => pattern.test(command));
    if (found === undefined) throw new Error(`the fake machine has no answer to: ${command}`);
    const given = typeof found[1] === 'function' ? found[1]() : found[1];
    const blank: CommandResult = { code: 0, signal: null, stdout: '', stderr: '', duration: 1 };
    return typeof given === 'string' ? { ...blank, stdout: given } : { ...blank, ...given };
  };
  return {
    id: brandId('m1'),
    role: options.role ?? 'machine',
    publicAddress: '192.0.2.1',
    privateAddress: '192.168.30.11',
    userDataForm: 'ignition 3.3.0',
    commands,
    run: async command => {
      const result = answer(command);
      if (result.code !== 0)
        throw new ProductError('command-failed', `${command} exited ${result.code}: ${result.stderr}`);
      return result.stdout.replace(/\n+$/, '');
    },
    try: async command => answer(command),
    write: async (path, content) => {
      files.set(path, String(content));
    },
    read: async path => {
      const text = files.get(path);
      if (text === undefined) throw new ProductError('no-file', `no ${path}`);
      return text;
    },
    upload: async () => {},
    download: async () => {},
    reboot: async () => {
      commands.push('(reboot)');
      current = options.afterReboot ?? current;
    },
    awaitReboot: async () => {},
    bootId: async () => '00000000-0000-4000-8000-000000000000',
    acceptsPassword: async (user, password) => options.acceptsPassword?.(user, password) ?? false,
    console: () => '',
  };
};
