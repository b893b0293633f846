import { scenario } from '../../src/core/scenario.ts';
import { letIn, loginAs, makeKey } from './_login.ts';

const user = 'kola-user1';
const key = '/home/core/kola-user1-key';

export default scenario({
  name: 'docs.users',
  description: 'A user who is added by hand logs in with a key and may do what its groups may',
  tags: ['docs', 'users'],
  needs: { capabilities: ['useradd', 'docker'] },
  sabotage: {
    kind: 'guest',
    fault: 'new users have a shell that lets nobody in',
    commands: ['sudo useradd -D -s /sbin/nologin'],
    fails: { check: 'logged-in' },
  },
  run: async t => {
    const { machine } = t;
    await machine.run(`sudo useradd -p '*' -U -m ${user} -G docker`);
    await makeKey(machine, key);
    const tries = (command: string) => loginAs(machine, { user, key, command });
    t.ok('key-needed', (await tries('true')).code !== 0, `${user} came in with a key that nobody let in`);
    await letIn(machine, user, key);
    const { stdout, stderr } = await tries('id -un');
    t.equal('logged-in', stdout.trim(), user, `user after the login (${stderr.trim()})`);
    const socket = await tries('test -w /run/docker.sock');
    t.equal('group-counts', socket.code, 0, `exit code of test -w /run/docker.sock as ${user}`);
    const foreign = await tries('touch /home/core/intruder');
    t.ok('others-are-safe', foreign.code !== 0, `${user} can write to the home of core`);
    await machine.run(`sudo userdel -r ${user}`);
    t.ok('gone', (await tries('true')).code !== 0, `${user} was deleted and still comes in`);
  },
});
