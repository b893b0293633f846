import { scenario } from '../../src/core/scenario.ts';
import { asRoot } from './_root-script.ts';

const loud = 'the boiler is too hot';

export default scenario({
  name: 'docs.reading-the-journal',
  description: 'The journal is read by identifier, priority and unit, and still tells of the boot before',
  tags: ['docs', 'systemd', 'reboot'],
  sabotage: {
    kind: 'guest',
    fault: 'the journal is kept in memory only',
    commands: [
      'sudo mkdir -p /etc/systemd/journald.conf.d',
      "printf '[Journal]\\nStorage=volatile\\n' | sudo tee /etc/systemd/journald.conf.d/zz-memory.conf",
      'sudo systemctl restart systemd-journald.service',
    ],
    fails: { check: 'boot-before' },
  },
  run: async t => {
    const { machine } = t;
    const read = (options: string): Promise<string> =>
      machine.run(`sudo journalctl --quiet --output=cat --no-pager ${options} || true`);
    await asRoot(machine, [
      `echo '${loud}' | systemd-cat -t kola-boiler -p err`,
      "echo 'a valve moved' | systemd-cat -t kola-boiler -p debug",
      'systemd-run --quiet --wait --unit=kola-talk echo said by a unit',
    ]);
    await t.check('by-priority', () =>
      t.eventually('the message, and no other one', async () =>
        (await read('-t kola-boiler -p err')) === loud ? true : undefined,
      ),
    );
    const all = await read('-t kola-boiler');
    t.equal('by-identifier', all.split('\n'), [loud, 'a valve moved'], 'messages of kola-boiler');
    t.match('by-unit', await read('-u kola-talk'), /^said by a unit$/m, 'messages of the unit');
    await machine.reboot();
    t.equal('boot-before', await read('--boot=-1 -t kola-boiler -p err'), loud, 'message of the boot before');
    t.equal('not-in-this-boot', await read('--boot -t kola-boiler'), '', 'messages of this boot');
  },
});
