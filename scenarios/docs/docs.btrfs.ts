import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { silenced } from '../../src/machine/guest/replaced-program.ts';
import { asRoot } from './_root-script.ts';

const path = '/mnt/kola-btrfs';

/** `Device allocated:` of `btrfs filesystem usage -b` in bytes; undefined when it is not there. */
export const allocated = (usage: string): number | undefined => {
  const found = /^\s*Device allocated:\s+(\d+)$/m.exec(usage)?.[1];
  return found === undefined ? undefined : Number(found);
};

export default scenario({
  name: 'docs.btrfs',
  description: 'A snapshot keeps what was, and a balance gives back space that nearly empty chunks hold',
  tags: ['docs', 'storage'],
  needs: { capabilities: ['btrfs'] },
  timeout: minutes(10),
  sabotage: {
    kind: 'guest',
    fault: 'the btrfs program does nothing',
    commands: [silenced('btrfs')],
    fails: { check: 'snapshot-kept' },
  },
  run: async t => {
    const { machine } = t;
    const file = '/var/tmp/kola.btrfs';
    await asRoot(
      machine,
      [
        `truncate --size=1G ${file}`,
        `mkfs.btrfs -q ${file}`,
        `mkdir -p ${path}`,
        `mount -o loop ${file} ${path}`,
        `btrfs -q subvolume create ${path}/home || true`,
        `mkdir -p ${path}/home`,
        `echo before >${path}/home/note`,
        `btrfs -q subvolume snapshot -r ${path}/home ${path}/then || true`,
        `echo after >${path}/home/note`,
      ],
      { timeout: minutes(3) },
    );
    const { stdout } = await machine.try(`cat ${path}/then/note`);
    t.equal('snapshot-kept', stdout.trim(), 'before', 'what the snapshot holds');
    t.equal(
      'original-goes-on',
      await machine.run(`cat ${path}/home/note`),
      'after',
      'what the subvolume holds',
    );
    const intruder = await machine.try(`echo x | sudo tee ${path}/then/note`);
    t.ok('snapshot-read-only', intruder.code !== 0, 'a read-only snapshot was written to');
    const usage = async (): Promise<number> =>
      allocated(await machine.run(`sudo btrfs filesystem usage -b ${path}`)) ??
      t.fail('btrfs filesystem usage does not say what is allocated');
    await asRoot(
      machine,
      [
        `for i in $(seq 240); do head -c 1M /dev/zero >${path}/fill$i; done`,
        'sync',
        `for i in $(seq 240); do [ $((i % 12)) = 0 ] || rm ${path}/fill$i; done`,
        `btrfs filesystem sync ${path}`,
      ],
      { timeout: minutes(4) },
    );
    const before = await usage();
    await machine.run(`sudo btrfs balance start -dusage=60 ${path}`, { timeout: minutes(4) });
    const after = await usage();
    t.ok('space-given-back', after < before, `bytes in chunks: ${before} before the balance, ${after} after`);
    await asRoot(machine, [`umount ${path}`, `rm ${file}`]);
  },
});
