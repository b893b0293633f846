import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { silenced } from '../../src/machine/guest/replaced-program.ts';

/** The boolean's name in the policy, and the one it had before 3733. */
const names = ['container_use_nfs', 'virt_use_nfs'];

/** `container_use_nfs --> off` */
export const parseBoolean = (line: string): 'on' | 'off' | undefined => {
  const value = /^\S+ --> (on|off)$/.exec(line.trim())?.[1];
  return value === 'on' || value === 'off' ? value : undefined;
};

export default scenario({
  name: 'coreos.selinux.boolean',
  description: 'A boolean of the policy can be changed, and the change is forgotten at a reboot',
  tags: ['security', 'reboot'],
  platforms: localAndAzure,
  needs: { capabilities: ['selinux'] },
  sabotage: {
    kind: 'guest',
    fault: 'the program that changes booleans does nothing',
    commands: [silenced('setsebool')],
    fails: { check: 'changed' },
  },
  run: async t => {
    const { machine } = t;
    const known = (await machine.run('getsebool -a')).split('\n').map(line => line.split(' ', 1)[0]);
    const name =
      names.find(candidate => known.includes(candidate)) ??
      t.fail(`the policy has none of ${names.join(', ')}`);
    const value = async () => parseBoolean(await machine.run(`getsebool ${name}`));
    const before = await value();
    t.ok('readable', before !== undefined, `getsebool ${name} gives no value`);
    const other = before === 'on' ? 'off' : 'on';
    await machine.run(`sudo setsebool ${name} ${other}`);
    t.equal('changed', await value(), other, name);
    await machine.reboot();
    t.equal('forgotten', await value(), before, `${name} after the reboot`);
  },
});
