import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { powerButton, pressed } from './_power-button.ts';
import { asRoot } from './_root-script.ts';

export default scenario({
  name: 'docs.acpi-shutdown',
  description: 'The power button does what logind.conf says: here it reboots the machine',
  tags: ['docs', 'power', 'reboot'],
  platforms: { only: ['qemu'] },
  arches: ['amd64'],
  needs: { capabilities: ['power-button'] },
  sabotage: {
    kind: 'guest',
    fault: 'the events of the button have no effect on logind any more: udev does not mark the device',
    commands: [
      'sudo mkdir -p /etc/udev/rules.d',
      'echo \'SUBSYSTEM=="input", TAG-="power-switch"\' | sudo tee /etc/udev/rules.d/99-zz-input.rules',
      'sudo udevadm control --reload',
      'sudo udevadm trigger --settle --subsystem-match=input',
    ],
    fails: { check: 'button-reboots' },
  },
  run: async t => {
    const { machine } = t;
    await machine.write('/etc/systemd/logind.conf.d/10-kola.conf', '[Login]\nHandlePowerKey=reboot\n');
    await asRoot(machine, [
      'modprobe -a button evdev',
      'udevadm settle',
      'systemctl restart systemd-logind.service',
    ]);
    const button = await t.eventually('the power button', async () =>
      powerButton(await machine.run('cat /proc/bus/input/devices')),
    );
    await machine.write('/run/kola-press', pressed());
    const before = await machine.bootId();
    await t.check('button-reboots', async () => {
      // logind opens the device a moment after it starts; a button may be pressed twice.
      await asRoot(machine, [
        `systemd-run --quiet --on-active=1s sh -c 'for again in 1 2 3; do cat /run/kola-press >/dev/input/${button}; sleep 3; done'`,
      ]);
      await machine.awaitReboot(before, { timeout: minutes(3) });
    });
  },
});
