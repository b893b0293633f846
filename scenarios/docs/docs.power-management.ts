import { scenario } from '../../src/core/scenario.ts';
import { asRoot } from './_root-script.ts';

const governor = '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor';

export default scenario({
  name: 'docs.power-management',
  description:
    'A service sets the governor of the processor that the guide to power management names, at each boot',
  tags: ['docs', 'power', 'reboot'],
  needs: { capabilities: ['cpufreq'] },
  sabotage: {
    kind: 'guest',
    fault: 'a drop-in gives the service a condition that never holds',
    commands: [
      'sudo mkdir -p /etc/systemd/system/cpu-governor.service.d',
      "printf '[Unit]\\nConditionPathExists=/nowhere\\n' | sudo tee /etc/systemd/system/cpu-governor.service.d/10-never.conf",
    ],
    fails: { check: 'governor-after-reboot' },
  },
  run: async t => {
    const { machine } = t;
    const offered = (await machine.try(`cat ${governor.replace('governor', 'available_governors')}`)).stdout;
    const [now, wanted] = [(await machine.try(`cat ${governor}`)).stdout.trim(), offered.trim().split(/\s+/)];
    const other = wanted.find(name => name !== now && /^(?:conservative|performance|powersave)$/.test(name));
    if (other === undefined) t.skip('the processor of this machine has no governor to choose');
    await machine.write(
      '/etc/systemd/system/cpu-governor.service',
      `[Service]\nType=oneshot\nExecStart=/usr/bin/sh -c 'for one in /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor; do echo ${other} >"$one"; done'\n\n[Install]\nWantedBy=multi-user.target\n`,
    );
    await asRoot(machine, ['systemctl daemon-reload', 'systemctl enable cpu-governor.service']);
    await machine.reboot();
    t.equal(
      'governor-after-reboot',
      await machine.run(`cat ${governor}`),
      other,
      'governor of the processor',
    );
  },
});
