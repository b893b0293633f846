import type { Machine } from '../../src/core/machine.ts';
import { changesBetween, type Fingerprint, takeFingerprint } from '../../src/machine/guest/fingerprint.ts';
import { parseProperties } from '../../src/machine/guest/unit-state.ts';

/**
 * What every machine has of its own: identity, keys, addresses (in the metadata unit that the harness adds where no cloud
 * has one), when Ignition ran, and what the kernel or the clock made of it.
 */
const own: readonly RegExp[] = [
  /\/etc\/(?:systemd\/system\/coreos-metadata\.service|\.ignition-result\.json)$/,
  /\/etc\/(?:machine-id|hostname|ssh\/ssh_host_|iscsi\/initiatorname|nvme\/host|flatcar\/metadata|luks)/,
  /^.? ?kernel: /,
  /^.? ?(?:network|listeners): (?!.*(?::0016|firewall))/,
  /\/var\/lib\/(?:systemd\/random-seed|systemd\/timesync|kola|containerd|docker|nfs|private|chrony)/,
  /\/home\/core\/\.ssh|\/root\/\.|\/\.bash_history/,
];

export const withoutOwn = (changes: readonly string[]): readonly string[] =>
  changes.filter(change => !own.some(pattern => pattern.test(change)));

/** State of a machine once nothing of its start is under way any more. */
export const settledState = async (machine: Machine, signal: AbortSignal): Promise<Fingerprint> => {
  await machine.try('timeout 120 systemctl is-system-running --wait', { timeout: 150_000 });
  return takeFingerprint(machine, signal);
};

/** Files, accounts and units that differ, but for what each machine has of its own. */
export const differences = (one: Fingerprint, other: Fingerprint): readonly string[] =>
  withoutOwn(changesBetween(one, other));

/**
 * Leaves out units that ran before and that a condition of their own kept from starting since: a first boot grows the disk
 * and commits the machine id, a later one sees that it is done.
 */
export const withoutWorkDone = async (
  machine: Machine,
  changes: readonly string[],
): Promise<readonly string[]> => {
  const lost = changes.flatMap(change => /^- units: (.+)$/.exec(change)?.[1] ?? []);
  if (lost.length === 0) return changes;
  const shown = await machine.run(
    `systemctl show --property=Id,ConditionResult,ConditionTimestampMonotonic -- ${lost.map(unit => `'${unit}'`).join(' ')}`,
  );
  const done = shown
    .split(/\n{2,}/)
    .map(parseProperties)
    // A condition that nobody looked at says "no", too, and has no time.
    .filter(unit => unit.ConditionResult === 'no' && Number(unit.ConditionTimestampMonotonic) > 0)
    .map(unit => `- units: ${unit.Id}`);
  return changes.filter(change => !done.includes(change));
};
