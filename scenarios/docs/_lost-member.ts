import { minutes } from '../../src/core/clock.ts';
import type { CheckContext } from '../../src/core/scenario.ts';
import { asRoot } from './_root-script.ts';

interface LostMember {
  /** The array's device. */
  readonly array: string;
  /** Label of the partition that fails. */
  readonly member: string;
  /** Where the array's filesystem is mounted. */
  readonly folder: string;
}

/** `State : clean, degraded` of `mdadm --detail` as a list of words. */
export const arrayState = (detail: string): readonly string[] =>
  /^\s*State : (.*)$/m
    .exec(detail)?.[1]
    ?.split(',')
    .map(word => word.trim()) ?? [];

/** An array of two loses one, keeps what it holds, is written to all the same, and takes the lost one back. */
export const checkLostMember = async (
  t: CheckContext,
  { array, member, folder }: LostMember,
): Promise<void> => {
  const { machine } = t;
  const note = `${folder}/kola-raid-note`;
  const state = async (): Promise<readonly string[]> =>
    arrayState(await machine.run(`sudo mdadm --detail ${array}`));
  const device = `/dev/disk/by-partlabel/${member}`;
  t.ok('whole', !(await state()).includes('degraded'), `the array is degraded before anything failed`);
  await asRoot(
    machine,
    [
      `echo before >${note}`,
      'sync',
      // It exits 1 when there is nothing to wait for.
      `mdadm --wait ${array} || true`,
      `mdadm --quiet ${array} --fail "$(readlink -f ${device})"`,
    ],
    { timeout: minutes(4) },
  );
  await t.check('degraded', () =>
    t.eventually(`${array} degraded`, async () => ((await state()).includes('degraded') ? true : undefined)),
  );
  await asRoot(machine, [`echo after >>${note}`, 'sync', 'echo 3 >/proc/sys/vm/drop_caches']);
  const kept = await machine.run(`cat ${note}`);
  t.equal('goes-on', kept.split('\n'), ['before', 'after'], `lines of ${note} on the degraded array`);
  await asRoot(machine, [
    `mdadm --quiet ${array} --remove "$(readlink -f ${device})"`,
    `mdadm --quiet --zero-superblock "$(readlink -f ${device})"`,
    `mdadm --quiet ${array} --add "$(readlink -f ${device})"`,
  ]);
  await t.check('whole-again', () =>
    t.eventually(`${array} whole`, async () => ((await state()).includes('degraded') ? undefined : true), {
      until: minutes(3),
    }),
  );
};
