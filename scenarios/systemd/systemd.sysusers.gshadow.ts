import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { keepingFiles } from '../../src/machine/guest/put-back.ts';
import { failing } from '../../src/machine/guest/replaced-program.ts';

/** One line just below the 1024 bytes of the buffer that groups are read into. */
export const longLine = (): string => {
  const members = Array.from(
    { length: 48 },
    (_, index) => `very-long-member-n${String(index).padStart(2, '0')}`,
  );
  return `kolalong:*::${members.join(',')}`;
};

/** What adding a group writes; gshadow without group would be no state to leave. */
const accounts = ['/etc/group', '/etc/gshadow', '/etc/passwd', '/etc/shadow'];

const lines = ['kolabefore:*::', longLine(), 'kolaafter:*::'];

export default scenario({
  name: 'systemd.sysusers.gshadow',
  description: 'systemd-sysusers adds a group although /etc/gshadow has a very long line',
  tags: ['systemd', 'users'],
  platforms: localAndAzure,
  sabotage: {
    kind: 'guest',
    fault: 'the program fails',
    commands: [failing('systemd-sysusers')],
    fails: { check: 'ends-well' },
  },
  share: { changes: ['accounts'] },
  run: async t => {
    const { machine } = t;
    await keepingFiles(machine, accounts, async () => {
      await machine.run('sudo tee -a /etc/gshadow >/dev/null', { input: `${lines.join('\n')}\n` });
      // Without something to add the file is not even read.
      const { code, signal, stderr } = await machine.try("sudo systemd-sysusers --inline 'g kolanew -'");
      t.equal(
        'ends-well',
        { code, signal },
        { code: 0, signal: null },
        `systemd-sysusers (${stderr.trim()})`,
      );
      t.match('group-added', await machine.run('getent group kolanew'), /^kolanew:x:\d+:$/);
      const gshadow = (await machine.read('/etc/gshadow')).split('\n');
      t.equal(
        'lines-kept',
        gshadow.filter(line => lines.includes(line)),
        lines,
        'lines of /etc/gshadow',
      );
    });
  },
});
