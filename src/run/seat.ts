import type { KolaError } from '../core/errors.ts';
import { ScenarioError } from '../core/errors.ts';
import type { Machine } from '../core/machine.ts';

/** An attempt on a machine that it shares. */
export interface SeatUser {
  readonly attempt: string;
  readonly role: string;
  /** The attempt is over: nothing of it goes on. */
  readonly signal: AbortSignal;
  /** The machine is of no more use. */
  readonly onFatal: (error: KolaError) => void;
  /** A log rule spoke against the machine. */
  readonly onHit: (error: KolaError) => void;
}

/** A place on a machine that other attempts use, too. */
export interface Seat {
  /** Scenarios that use the machine at the same time, this one among them. */
  readonly users: number;
  take(user: SeatUser): Machine;
  /** The attempt is done with the machine, which stays. */
  leave(): void;
}

/** The machine as one of several users sees it: it ends with the attempt, and cannot be taken from the others. */
export const seatedMachine = (machine: Machine, { role, signal }: SeatUser): Machine => {
  const refuse = (what: string) => async (): Promise<never> => {
    throw new ScenarioError('shared-machine', `a scenario that declares share must not ${what}`, {
      hint: 'take share out of its declaration',
    });
  };
  const until = (own: AbortSignal | undefined): AbortSignal =>
    own === undefined ? signal : AbortSignal.any([signal, own]);
  const alive = <Args extends readonly unknown[], T>(work: (...args: Args) => Promise<T>) => {
    return async (...args: Args): Promise<T> => {
      signal.throwIfAborted();
      return await work(...args);
    };
  };
  return {
    id: machine.id,
    role,
    publicAddress: machine.publicAddress,
    privateAddress: machine.privateAddress,
    userDataForm: machine.userDataForm,
    run: alive((command, options) => machine.run(command, { ...options, signal: until(options?.signal) })),
    try: alive((command, options) => machine.try(command, { ...options, signal: until(options?.signal) })),
    write: alive((path, content, options) => machine.write(path, content, options)),
    read: alive(path => machine.read(path)),
    upload: alive((from, to, options) => machine.upload(from, to, options)),
    download: alive((from, to) => machine.download(from, to)),
    reboot: refuse('reboot its machine'),
    awaitReboot: refuse('reboot its machine'),
    bootId: alive(() => machine.bootId()),
    acceptsPassword: alive((user, password) => machine.acceptsPassword(user, password)),
    console: () => machine.console(),
  };
};
