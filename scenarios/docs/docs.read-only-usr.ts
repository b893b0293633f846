import { scenario } from '../../src/core/scenario.ts';

/** Ways in which root could try, each of which would leave things as they are where it succeeds. */
const attempts = [
  { id: 'file-refused', what: 'make a file', command: 'touch /usr/kola-intruder && rm /usr/kola-intruder' },
  { id: 'mode-refused', what: 'change a mode', command: 'chmod --reference=/usr/bin/env /usr/bin/env' },
  {
    id: 'remount-refused',
    what: 'remount it',
    // Some filesystems take the order and stay as they are: only what can be done then counts.
    command:
      'mount -o remount,rw /usr; touch /usr/kola-intruder && rm /usr/kola-intruder; code=$?; mount -o remount,ro /usr; exit $code',
  },
  {
    id: 'device-refused',
    what: 'write to its device',
    command:
      'device=$(findmnt -n -o SOURCE /usr) && dd if=$device of=$device bs=4096 count=1 conv=notrunc,fsync status=none',
  },
] as const;

export default scenario({
  name: 'docs.read-only-usr',
  description: 'Not even root can change /usr: neither its files nor how it is mounted nor its device',
  tags: ['docs', 'promises', 'security'],
  needs: { capabilities: ['verity'] },
  share: 'reads',
  sabotage: {
    kind: 'guest',
    fault: 'a layer that takes changes lies over /usr',
    commands: [
      'sudo mkdir -p /run/kola-upper /run/kola-work',
      'sudo mount -t overlay overlay -o lowerdir=/usr,upperdir=/run/kola-upper,workdir=/run/kola-work /usr',
    ],
    fails: { check: 'file-refused' },
  },
  run: async t => {
    const tools = 'test -x /usr/bin/env && test -b "$(findmnt -n -o SOURCE /usr)"';
    const ready = await t.machine.try(`sudo unshare --mount sh -c '${tools}'`);
    // An attempt that cannot even be made would be refused, too.
    t.equal('can-be-tried', ready.code, 0, `tools for the attempts (${ready.stderr.trim()})`);
    for (const { id, what, command } of attempts) {
      const { code } = await t.machine.try(`sudo unshare --mount sh -c '${command}'`);
      t.ok(id, code !== 0, `root can ${what}: /usr is not protected`);
    }
  },
});
