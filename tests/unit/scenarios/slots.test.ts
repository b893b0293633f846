import { describe, expect, test } from 'vitest';
import badVerity from '../../../scenarios/update/cl.update.badverity.ts';
import reboot from '../../../scenarios/update/cl.update.reboot.ts';
import badUsr, { parseRootHash } from '../../../scenarios/update/coreos.update.badusr.ts';
import { splitPartition } from '../../../src/machine/guest/slots.ts';
import type { Script } from '../../support/fake-machine.ts';
import { but, inTurn, outcome } from '../../support/scenario-outcome.ts';

const hash = 'ab'.repeat(32);
const before: Script = [
  [/rootdev/, '/dev/vda3'],
  [/by-partlabel\/USR-A/, '/dev/vda3'],
  [/by-partlabel\/USR-B/, '/dev/vda4'],
  [/cgpt show/, '1'],
  [/^sudo dd|^sudo sh -s|^sudo cgpt (?:repair|add|prioritize)|^printf|mkfs|^sync/, ''],
  [/veritysetup format/, `VERITY header information\nRoot hash:      \t${hash}`],
];
const tried: Script = [[/cgpt show/, '0'], ...before];

test('partitions of both kinds of names', () => {
  expect(splitPartition('/dev/vda4')).toEqual({ disk: '/dev/vda', number: '4' });
  expect(splitPartition('/dev/nvme0n1p4')).toEqual({ disk: '/dev/nvme0n1', number: '4' });
  expect(splitPartition('/dev/mapper/usr')).toBeUndefined();
});

test('the root hash of veritysetup', () => {
  expect(parseRootHash(`UUID:\nRoot hash:      \t${hash}\n`)).toBe(hash);
  expect(parseRootHash('Root hash: none')).toBeUndefined();
});

test('cl.update.reboot', async () => {
  const onB: Script = [[/rootdev/, '/dev/vda4'], ...before];
  expect(await outcome(reboot, before, { afterReboot: onB })).toBe('held 2');
  expect(await outcome(reboot, before)).toContain('now-on-b');
  expect(await outcome(reboot, onB, { afterReboot: onB })).toContain('starts-on-a');
});

describe.each([
  ['cl.update.badverity', badVerity],
  ['coreos.update.badusr', badUsr],
])('%s', (_, scenario) => {
  test('comes back to the slot that it left, after it tried the other one', async () => {
    expect(await outcome(scenario, before, { afterReboot: tried })).toBe('held 4');
    const onB = but(tried, [/rootdev/, '/dev/vda4']);
    expect(await outcome(scenario, before, { afterReboot: onB })).toContain('back-on-a');
    // Still on A because the boot loader never looked at B: the original could not tell.
    expect(await outcome(scenario, before, { afterReboot: before })).toContain('b-was-tried');
    expect(await outcome(scenario, but(before, [/cgpt show/, '0']))).toContain('to-be-tried');
  });

  test('writes the hash where the image keeps it', async () => {
    const file = { '/boot/flatcar/usr-b.cfg': `set verity=${hash.replace('ab', 'cd')}\n` };
    const image = { usrHash: { where: 'esp-file' as const, path: '/flatcar/usr-a.cfg' } };
    expect(await outcome(scenario, before, { afterReboot: tried, image, files: file })).toBe('held 4');
    const empty = { '/boot/flatcar/usr-b.cfg': 'set verity=\n' };
    expect(await outcome(scenario, before, { afterReboot: tried, image, files: empty })).toContain(
      'root hash',
    );
  });
});

test('coreos.update.badusr needs a hash to write', async () => {
  expect(await outcome(badUsr, but(before, [/veritysetup/, inTurn('')]))).toContain('prints no root hash');
});
