import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { file, ignition, link, user } from '../../src/machine/user-data/ignition/builders.ts';

const service = `[Unit]
Description=Says a word in the session of a user

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/echo Foo

[Install]
WantedBy=default.target
`;

const unitPath = '/etc/systemd/user/kola-foo.service';

export default scenario({
  name: 'systemd.journal.user',
  description: "A user reads in the journal what the user's own unit says",
  tags: ['smoke', 'systemd', 'users'],
  platforms: localAndAzure,
  versions: { from: '3549.0.0' },
  user: 'flatcar',
  userData: ignition(
    {
      users: [user('flatcar', { groups: ['systemd-journal'] })],
      files: [file('/var/lib/systemd/linger/flatcar', ''), file(unitPath, service)],
      links: [link('/etc/systemd/user/default.target.wants/kola-foo.service', unitPath)],
    },
    '3.3',
  ),
  sabotage: {
    kind: 'userData',
    fault: 'a drop-in throws away what the unit says',
    edit: config => ({
      ...config,
      storage: {
        ...config.storage,
        files: [
          ...(config.storage?.files ?? []),
          file(`${unitPath}.d/10-silent.conf`, '[Service]\nStandardOutput=null\n'),
        ],
      },
    }),
    fails: { check: 'word-in-user-journal' },
  },
  run: async t => {
    t.equal('logged-in-as', await t.machine.run('id -un'), 'flatcar', 'login user');
    await t.check('word-in-user-journal', () =>
      t.eventually('Foo in the journal of the user', async () => {
        const { stdout } = await t.machine.try('journalctl --user -o cat');
        return stdout.split('\n').includes('Foo') ? true : undefined;
      }),
    );
  },
});
