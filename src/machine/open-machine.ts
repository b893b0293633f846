import { DeadlineError, type Evidence } from '../core/errors.ts';
import { logTail } from './console/check-log.ts';
import { limited } from './limit.ts';
import type { MachineOptions } from './machine-options.ts';
import { MachineWatch } from './machine-watch.ts';
import { RemoteMachine } from './remote-machine.ts';
import { placeText } from './ssh/failure.ts';
import { SshLink } from './ssh/link.ts';

/** Milliseconds between connection tries. */
const connectEvery = 500;

/**
 * Waits until a machine that was powered on lets us in and holds the start checks. On every failure all that was
 * opened is closed again; the error has the end of the console as evidence when nothing better is known.
 */
export const openMachine = async (options: MachineOptions): Promise<RemoteMachine> => {
  const { provisioned, bootTimeout } = options;
  const started = performance.now();
  const watch = new MachineWatch(options);
  let lastOutcome = '';
  const link = new SshLink({
    ...provisioned.ssh,
    user: options.user,
    key: options.clientKey,
    hostKey: options.hostKey,
    every: connectEvery,
    slowdown: options.slowdown,
    onConnection: connection => watch.attach(connection),
    onAttempt: (number, outcome) => {
      if (outcome !== lastOutcome) options.log(`Tried SSH (${number}): ${outcome}`);
      lastOutcome = outcome;
    },
  });
  const machine = new RemoteMachine(options, link, watch);
  try {
    await firstConnection(link, watch, options);
    machine.connected();
    await machine.awaitReady(Math.max(0, bootTimeout - (performance.now() - started)));
    return machine;
  } catch (error) {
    await machine.close();
    throw error;
  }
};

const firstConnection = async (
  link: SshLink,
  watch: MachineWatch,
  options: MachineOptions,
): Promise<void> => {
  const { provisioned, bootTimeout } = options;
  const late = (): DeadlineError =>
    new DeadlineError(
      'boot',
      `machine ${provisioned.id} let nobody in by SSH at ${placeText(provisioned.ssh)} within ${Math.round(bootTimeout / 1000)} s; last try: ${link.lastOutcome}`,
      { evidence: consoleEvidence(options) },
    );
  const limit = limited(bootTimeout, late, watch.over);
  try {
    await link.connection({ until: Number.POSITIVE_INFINITY, signal: limit.signal });
  } finally {
    limit.clear();
  }
};

const consoleEvidence = ({ provisioned, folder }: MachineOptions): readonly Evidence[] => {
  const text = provisioned.console?.text() ?? '';
  if (text === '') return [];
  const line = text.split('\n').length;
  return [
    { source: 'console', text: logTail(text), path: `${folder}/console.txt`, line, machine: provisioned.id },
  ];
};
