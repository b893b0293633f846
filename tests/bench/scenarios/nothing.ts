import { scenario } from '../../../src/core/scenario.ts';

/** Nothing but a machine: what is left of its time is the harness's. */
export default scenario({
  name: 'bench.nothing',
  description: 'runs true',
  run: async t => {
    await t.check('answers', () => t.machine.run('true'));
  },
});
