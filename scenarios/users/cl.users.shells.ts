import { scenario } from '../../src/core/scenario.ts';
import { parsePasswd } from '../../src/machine/guest/accounts.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';

const shells: Readonly<Record<string, readonly string[]>> = {
  root: ['/bin/bash', '/bin/sh'],
  core: ['/bin/bash', '/bin/sh'],
  sync: ['/bin/sync'],
  shutdown: ['/sbin/shutdown'],
  halt: ['/sbin/halt'],
};
const others = ['/sbin/nologin'];

/** Lines of passwd that are malformed, or give a shell to somebody who must not have it. */
export const wrongShells = (passwd: string): readonly string[] =>
  passwd
    .split('\n')
    .filter(line => line !== '')
    .filter(line => {
      const entry = parsePasswd(line);
      return entry === undefined || !(shells[entry.name] ?? others).includes(entry.shell);
    });

export default scenario({
  name: 'cl.users.shells',
  description: 'Only those who log in have a shell',
  tags: ['users', 'security'],
  platforms: localAndAzure,
  sabotage: {
    kind: 'guest',
    fault: 'somebody has a shell',
    commands: ["echo 'intruder:x:4000:4000::/:/bin/zsh' | sudo tee -a /etc/passwd"],
    fails: { check: 'shells' },
  },
  share: 'reads',
  run: async t => {
    const passwd = await t.machine.run('getent passwd');
    t.match('core-is-there', passwd, /^core:/m);
    t.equal('shells', wrongShells(passwd), [], 'lines of passwd with the wrong form or shell');
  },
});
