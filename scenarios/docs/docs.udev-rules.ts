import { scenario } from '../../src/core/scenario.ts';
import { asRoot } from './_root-script.ts';

export default scenario({
  name: 'docs.udev-rules',
  description: 'A udev rule starts a service for a device as soon as it appears, and for no other one',
  tags: ['docs', 'systemd'],
  sabotage: {
    kind: 'guest',
    fault: 'a later rule wants no unit for any device',
    commands: [
      'sudo mkdir -p /etc/udev/rules.d',
      `echo 'ENV{SYSTEMD_WANTS}=""' | sudo tee /etc/udev/rules.d/99-zz-nothing.rules`,
    ],
    fails: { check: 'service-started' },
  },
  run: async t => {
    const { machine } = t;
    await machine.write(
      '/etc/udev/rules.d/90-kola.rules',
      'ACTION=="add", SUBSYSTEM=="net", KERNEL=="kola*", TAG+="systemd", ENV{SYSTEMD_WANTS}+="kola-seen@$name.service"\n',
    );
    await machine.write(
      '/etc/systemd/system/kola-seen@.service',
      '[Service]\nType=oneshot\nExecStart=/usr/bin/touch /run/kola-seen-%i\n',
    );
    await asRoot(machine, [
      'systemctl daemon-reload',
      'udevadm control --reload',
      'ip link add other7 type dummy',
      'ip link add kola7 type dummy',
    ]);
    await t.check('service-started', () =>
      t.eventually('the service for kola7', async () =>
        (await machine.try('test -e /run/kola-seen-kola7')).code === 0 ? true : undefined,
      ),
    );
    await machine.run('sudo udevadm settle');
    const seen = await machine.run('ls /run | grep ^kola-seen-');
    t.equal('only-for-it', seen.split('\n'), ['kola-seen-kola7'], 'devices that services were started for');
  },
});
