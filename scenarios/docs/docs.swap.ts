import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { silenced } from '../../src/machine/guest/replaced-program.ts';
import { asRoot } from './_root-script.ts';

const path = '/var/vm/swapfile1';
const unit = 'var-vm-swapfile1.swap';

/** Bytes that a process may have in memory, and how many it asks for: only with swap it gets them. */
const limit = 64 * 2 ** 20;
const wanted = 128 * 2 ** 20;

/** The value of a counter in /proc/vmstat; -1 when it is not there. */
export const counterOf = (vmstat: string, name: string): number =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(vmstat)?.[1] ?? -1);

export default scenario({
  name: 'docs.swap',
  description: 'With a swap file a process gets more memory than it may keep resident',
  tags: ['docs', 'storage'],
  needs: { capabilities: ['swap'] },
  timeout: minutes(6),
  sabotage: {
    kind: 'guest',
    fault: 'the program that turns swap on does nothing',
    commands: [silenced('swapon')],
    fails: { check: 'in-use' },
  },
  run: async t => {
    const { machine } = t;
    await machine.write(
      `/etc/systemd/system/${unit}`,
      `[Swap]\nWhat=${path}\n\n[Install]\nWantedBy=multi-user.target\n`,
    );
    await asRoot(
      machine,
      [
        'mkdir -p /var/vm',
        `fallocate -l 256M ${path}`,
        `chmod 600 ${path}`,
        `mkswap -q ${path}`,
        'systemctl daemon-reload',
        `systemctl enable --now ${unit} || true`,
      ],
      { timeout: minutes(2) },
    );
    const areas = await machine.run('tail -n +2 /proc/swaps');
    t.ok('in-use', areas.startsWith(`${path} `), `expected ${path} in use, found ${areas || 'no swap'}`);
    const before = counterOf(await machine.run('cat /proc/vmstat'), 'pswpout');
    const got = await machine.run(
      `sudo systemd-run --quiet --wait --pipe -p MemoryMax=${limit} bash -c 'head -c ${wanted} /dev/zero | tail -c ${wanted} | wc -c'`,
      { timeout: minutes(4) },
    );
    t.equal('memory', Number(got), wanted, 'bytes that the process held');
    const after = counterOf(await machine.run('cat /proc/vmstat'), 'pswpout');
    t.ok('pages-went-out', after > before, `pages written to swap: ${before} before, ${after} after`);
  },
});
