import { scenario } from '../../src/core/scenario.ts';

/** The first second of 1970, in New York. */
const local = '19:00 EST';

export default scenario({
  name: 'docs.date-and-time-zone',
  description: 'The time zone that timedatectl sets is the one of all programs, and still so after a reboot',
  tags: ['docs', 'time', 'reboot'],
  sabotage: {
    kind: 'guest',
    fault: 'something makes the link again at boot',
    commands: [
      'sudo mkdir -p /etc/tmpfiles.d',
      "echo 'L+ /etc/localtime - - - - /usr/share/zoneinfo/Asia/Tokyo' | sudo tee /etc/tmpfiles.d/zone.conf",
    ],
    fails: { check: 'zone-after-reboot' },
  },
  run: async t => {
    const { machine } = t;
    const shown = (): Promise<string> => machine.run("env -u TZ date --date=@0 '+%H:%M %Z'");
    t.ok('another-before', (await shown()) !== local, `the machine is in New York before it was told so`);
    await machine.run('sudo timedatectl set-timezone America/New_York');
    t.equal('zone', await shown(), local, 'the first second of 1970');
    await machine.reboot();
    t.equal('zone-after-reboot', await shown(), local, 'the first second of 1970');
  },
});
