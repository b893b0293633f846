import { scenario } from '../../src/core/scenario.ts';
import { asRoot } from './_root-script.ts';

const log = '/run/kola-ticks';

export default scenario({
  name: 'docs.systemd-timers',
  description: 'A timer starts its service again and again, and no more once it is stopped',
  tags: ['docs', 'systemd'],
  sabotage: {
    kind: 'guest',
    fault: 'a drop-in gives the service a condition that never holds',
    commands: [
      'sudo mkdir -p /etc/systemd/system/kola-tick.service.d',
      "printf '[Unit]\\nConditionPathExists=/nowhere\\n' | sudo tee /etc/systemd/system/kola-tick.service.d/10-never.conf",
    ],
    fails: { check: 'ticks' },
  },
  run: async t => {
    const { machine } = t;
    await machine.write(
      '/etc/systemd/system/kola-tick.service',
      // More than five starts in ten seconds are too many for a unit that does not say otherwise.
      `[Unit]\nStartLimitIntervalSec=0\n\n[Service]\nType=oneshot\nExecStart=/usr/bin/sh -c 'date +%%s >>${log}'\n`,
    );
    await machine.write(
      '/etc/systemd/system/kola-tick.timer',
      '[Timer]\nOnActiveSec=1s\nOnUnitInactiveSec=1s\nAccuracySec=100ms\n\n[Install]\nWantedBy=timers.target\n',
    );
    await asRoot(machine, ['systemctl daemon-reload', 'systemctl enable --now kola-tick.timer']);
    const ticks = async (): Promise<number> => Number(await machine.run(`cat ${log} 2>/dev/null | wc -l`));
    await t.check('ticks', () =>
      t.eventually('three runs of the service', async () => ((await ticks()) >= 3 ? true : undefined)),
    );
    await asRoot(machine, [
      'systemctl stop kola-tick.timer',
      'systemctl stop kola-tick.service',
      `wc -l <${log} >/run/kola-ticks-then`,
    ]);
    const [then, now] = [Number(await machine.run('cat /run/kola-ticks-then')), await ticks()];
    t.equal('stopped', now, then, 'runs after the timer was stopped');
  },
});
