import { scenario } from '../../src/core/scenario.ts';

export default scenario({
  name: 'azure.nvme-friendly-naming',
  description: 'NVMe disks of Azure have the names that tell what they are for',
  tags: ['cloud', 'azure', 'storage'],
  platforms: { only: ['azure'] },
  run: async t => {
    const exists = async (test: string): Promise<boolean> => (await t.machine.try(`test ${test}`)).code === 0;
    t.ok(
      'has-helper',
      await exists('-x /usr/sbin/azure-nvme-id'),
      'there is no program /usr/sbin/azure-nvme-id',
    );
    if (!(await exists('-e /dev/nvme0n1'))) t.skip('the disks of this machine size are not NVMe');
    await t.machine.run('sudo udevadm settle');
    t.ok('folder', await exists('-d /dev/disk/azure'), 'there is no folder /dev/disk/azure');
    const [root, os] = [await exists('-e /dev/disk/azure/root'), await exists('-e /dev/disk/azure/os')];
    t.ok('boot-disk', root || os, 'neither /dev/disk/azure/root nor /dev/disk/azure/os is there');
  },
});
