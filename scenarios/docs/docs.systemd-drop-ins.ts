import { scenario } from '../../src/core/scenario.ts';
import { asRoot } from './_root-script.ts';

const unit = 'systemd-tmpfiles-clean.service';
const dropIn = `/etc/systemd/system/${unit}.d/10-note.conf`;
const note = '/run/kola-drop-in';

export default scenario({
  name: 'docs.systemd-drop-ins',
  description:
    "A drop-in adds to a unit of the image what it does, and without it the unit is the vendor's again",
  tags: ['docs', 'systemd'],
  share: { changes: ['units', 'files'] },
  sabotage: {
    kind: 'guest',
    fault: 'a later drop-in empties the list again',
    commands: [
      `sudo mkdir -p /etc/systemd/system/${unit}.d`,
      `printf '[Service]\\nExecStartPost=\\n' | sudo tee /etc/systemd/system/${unit}.d/20-plain.conf`,
    ],
    fails: { check: 'addition-ran' },
  },
  run: async t => {
    const { machine } = t;
    const start = async (): Promise<boolean> => {
      await asRoot(machine, [`rm -f ${note}`, 'systemctl daemon-reload', `systemctl start ${unit}`]);
      return (await machine.try(`test -e ${note}`)).code === 0;
    };
    // Microseconds since the boot; 0 = never.
    const mainStarted = async (): Promise<number> =>
      Number(await machine.run(`systemctl show -p ExecMainStartTimestampMonotonic --value ${unit}`));
    try {
      const before = await mainStarted();
      await machine.write(dropIn, `[Service]\nExecStartPost=/usr/bin/touch ${note}\n`);
      t.ok('addition-ran', await start(), `${unit} was started, and what the drop-in adds did not run`);
      t.ok('unit-ran', (await mainStarted()) > before, `what ${unit} itself does did not run`);
      await asRoot(machine, [`rm ${dropIn}`]);
      t.ok('vendor-again', !(await start()), 'the drop-in is gone, and what it added still runs');
    } finally {
      await asRoot(machine, [
        `rm -rf ${note} ${dropIn}`,
        `rmdir --ignore-fail-on-non-empty /etc/systemd/system/${unit}.d || true`,
        'systemctl daemon-reload',
      ]);
    }
  },
});
