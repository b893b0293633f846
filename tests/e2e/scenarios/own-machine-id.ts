import { scenario } from '../../../src/core/scenario.ts';

/** Two machines that start alike, be they booted or cloned, and still have to be told apart. */
export default scenario({
  name: 'harness.own-machine-id',
  description: 'no two machines have the same machine id',
  needs: { machines: 2, ownMachineId: true },
  machines: [{ role: 'first' }, { role: 'second' }],
  run: async t => {
    const machines = [t.on('first'), t.on('second')];
    const ids = await Promise.all(machines.map(machine => machine.run('cat /etc/machine-id')));
    for (const id of ids) t.ok(`an id: ${id}`, /^[0-9a-f]{32}$/.test(id.trim()), 'no machine id');
    t.ok('differ', new Set(ids).size === 2, `both machines are ${ids[0]}`);
  },
});
