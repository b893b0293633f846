import { scenario } from '../../src/core/scenario.ts';
import { letIn, loginAs, makeKey } from './_login.ts';
import { asRoot } from './_root-script.ts';

const key = '/home/core/kola-hardening-key';
const other = 'kola-user3';
const port = 2222;

export default scenario({
  name: 'docs.customizing-sshd',
  description: 'sshd listens on a port more, and lets in with a key alone those whom its configuration names',
  tags: ['docs', 'security'],
  needs: { capabilities: ['sshd-socket', 'useradd'] },
  sabotage: {
    kind: 'guest',
    fault: 'the configuration allows everybody before',
    commands: ["echo 'AllowUsers *' | sudo tee -a /etc/ssh/sshd_config"],
    fails: { check: 'other-refused' },
  },
  run: async t => {
    const { machine } = t;
    await machine.run(`sudo useradd -p '*' -U -m -s /bin/bash ${other}`);
    await makeKey(machine, key);
    await letIn(machine, other, key);
    await letIn(machine, 'core', key);
    await letIn(machine, 'root', key);
    const enters = async (user: string, at = 22): Promise<boolean> =>
      (await loginAs(machine, { user, key, port: at, command: 'true' })).code === 0;
    const config = '/etc/ssh/sshd_config';
    const configured = await machine.read(config);
    // Of two lines about one thing sshd takes the first.
    const configure = (lines: readonly string[]): Promise<void> =>
      machine.write(config, `${lines.join('\n')}\n${configured}`, { mode: 0o600 });
    await configure(['PermitRootLogin prohibit-password']);
    t.ok('root-before', await enters('root'), 'root has a key and is not let in before');
    t.ok('other-before', await enters(other), `${other} has a key and is not let in before`);
    t.ok('port-closed-before', !(await enters('core', port)), `port ${port} is open before`);
    await machine.write('/etc/systemd/system/sshd.socket.d/10-port.conf', `[Socket]\nListenStream=${port}\n`);
    await configure(['PermitRootLogin no', 'AllowUsers core', 'AuthenticationMethods publickey']);
    await asRoot(machine, ['systemctl daemon-reload', 'systemctl restart sshd.socket']);
    t.ok('core-on-new-port', await enters('core', port), `core is not let in on port ${port}`);
    t.ok('other-refused', !(await enters(other)), `${other} is let in, and AllowUsers names core alone`);
    t.ok('root-refused', !(await enters('root')), 'root is let in');
  },
});
