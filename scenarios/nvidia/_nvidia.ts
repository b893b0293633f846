import { minutes, seconds } from '../../src/core/clock.ts';
import type { Machine } from '../../src/core/machine.ts';
import type { CheckContext, ScenarioSpec } from '../../src/core/scenario.ts';
import { parseProperties } from '../../src/machine/guest/unit-state.ts';

/** Whether one of the PCI vendor ids that sysfs gives, a line each, is that of NVIDIA. */
export const hasNvidia = (vendors: string): boolean => vendors.split('\n').some(id => id.trim() === '0x10de');

/** Which machine size has such a processor is the platform's affair: the machine itself knows. */
export const needProcessor = async (t: CheckContext): Promise<void> => {
  const { stdout } = await t.machine.try('cat /sys/bus/pci/devices/*/vendor');
  if (!hasNvidia(stdout)) t.skip('the machine has no NVIDIA processor');
};

/** A check that the unit that prepares the driver has done its work. */
export const checkDriver = async (t: CheckContext): Promise<void> => {
  await t.check('driver-prepared', () =>
    t.eventually(
      'nvidia.service done',
      async () => {
        const { ActiveState: active, SubState: sub } = parseProperties(
          await t.machine.run('systemctl show nvidia.service -p ActiveState -p SubState'),
        );
        if (active === 'failed') t.fail('nvidia.service has failed');
        return active === 'active' && sub === 'exited' ? true : undefined;
      },
      { every: seconds(10), until: minutes(10) },
    ),
  );
};

/** A check that the tool of the driver finds a processor. */
export const checkSmi = async (t: CheckContext, machine: Machine, program: string): Promise<void> => {
  const { code, stdout, stderr } = await machine.try(`${program} --list-gpus`, { timeout: minutes(2) });
  t.equal('smi-runs', code, 0, `${program} (${stderr.trim()})`);
  t.match('processor-listed', stdout, /^GPU 0: /m);
};

/** What the scenarios about NVIDIA's processors have in common. */
export const nvidiaSpec = {
  tags: ['nvidia'],
  platforms: { only: ['azure', 'aws'] },
  arches: ['amd64', 'arm64'],
  allow: { permissive: true },
} as const satisfies Partial<ScenarioSpec>;
