import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { file, ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { differences, settledState, withoutWorkDone } from './_differences.ts';
import { asRoot } from './_root-script.ts';

export default scenario({
  name: 'docs.nothing-changes-after-first-boot',
  description: 'A later boot changes nothing: Ignition does not run again, and what was edited since stays',
  tags: ['docs', 'promises', 'ignition', 'reboot'],
  needs: { coldBoot: true },
  timeout: minutes(10),
  userData: ignition({ files: [file('/etc/kola.conf', 'as configured\n')] }),
  sabotage: {
    kind: 'guest',
    fault: 'something makes a file at each boot',
    commands: [
      'sudo mkdir -p /etc/tmpfiles.d',
      "echo 'f+ /etc/kola-visitor 0644 root root - here' | sudo tee /etc/tmpfiles.d/visitor.conf",
    ],
    fails: { check: 'unchanged' },
  },
  run: async t => {
    const { machine } = t;
    t.equal('configured', await machine.run('cat /etc/kola.conf'), 'as configured', '/etc/kola.conf');
    await asRoot(machine, ['echo as edited >/etc/kola.conf', 'sync']);
    const before = await settledState(machine, t.signal);
    await machine.reboot();
    const after = await settledState(machine, t.signal);
    t.equal('edit-kept', await machine.run('cat /etc/kola.conf'), 'as edited', '/etc/kola.conf');
    const changes = await withoutWorkDone(machine, differences(before, after));
    t.equal('unchanged', changes, [], 'what the second boot changed');
  },
});
