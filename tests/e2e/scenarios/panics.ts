import { scenario } from '../../../src/core/scenario.ts';

/** A machine whose kernel panics in the middle of a command: the panic is the cause, not the broken connection. */
export default scenario({
  name: 'harness.panics',
  description: 'makes the kernel panic while a command runs',
  run: async t => {
    await t.check('survives', () =>
      t.machine.run('echo c | sudo tee /proc/sysrq-trigger; sleep 600', { timeout: 600_000 }),
    );
  },
});
