import { scenario } from '../../src/core/scenario.ts';

export default scenario({
  name: 'coreos.misc.aws.diskfriendlyname',
  description: 'The disk has its EC2 name whatever bus it is on',
  tags: ['cloud', 'aws', 'storage'],
  platforms: { only: ['aws'] },
  versions: { from: '1828.0.0' },
  run: async t => {
    const device = await t.machine.run('readlink -f /dev/xvda');
    t.equal(
      'block-device',
      (await t.machine.try(`test -b ${device}`)).code,
      0,
      `test -b ${device} (/dev/xvda)`,
    );
  },
});
