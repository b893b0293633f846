import { scenario } from '../../../src/core/scenario.ts';

export default scenario({
  name: 'harness.leaves-a-file',
  description: 'Says that it puts files back and leaves one behind: the machine must not be used again',
  tags: ['harness'],
  share: { changes: ['files', 'accounts'] },
  run: async t => {
    await t.machine.run('echo here | sudo tee /etc/kola-was-here');
    t.equal('written', await t.machine.run('cat /etc/kola-was-here'), 'here');
  },
});
