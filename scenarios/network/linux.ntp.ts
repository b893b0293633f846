import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { ntpServers, timesyncServer } from '../../src/machine/guest/time-sync.ts';
import { file, ignition } from '../../src/machine/user-data/ignition/builders.ts';

/** Milliseconds that the server is ahead: no clock is that wrong by chance, and none is set so by another server. */
const ahead = 90_000;

export default scenario({
  name: 'linux.ntp',
  description: 'A machine takes the time from the server that its network configuration names',
  tags: ['network', 'time'],
  platforms: local,
  needs: { capabilities: ['networkd', 'timesyncd', 'iptables'], services: ['ntp'] },
  timeout: minutes(8),
  sabotage: {
    kind: 'guest',
    fault: 'the firewall drops what goes to time servers',
    commands: ['sudo iptables -t raw -I OUTPUT -p udp --dport 123 -j DROP'],
    fails: { check: 'asked' },
  },
  machines: [],
  run: async t => {
    const ntp = await t.services.ntp({ offset: ahead });
    const { hostname: address } = new URL(ntp.guestUrl.replace(/^\w+:/, 'http:'));
    const machine = await t.provision(
      'machine',
      ignition(
        {
          files: [
            file('/etc/systemd/network/zz-default.network.d/10-ntp.conf', `[Network]\nNTP=${address}\n`),
          ],
        },
        '2.3',
      ),
    );
    const link = await machine.run(
      "ip -o -4 route show default | head -n 1 | sed 's/.* dev \\([^ ]*\\).*/\\1/'",
    );
    const servers = ntpServers(await machine.run(`networkctl status ${link}`));
    t.equal('named-by-network', servers, [address], `NTP servers of ${link}`);
    // The client knows no port but its own; the server may only have that one as root.
    await machine.run(
      `sudo iptables -t nat -A OUTPUT -p udp -d ${address} --dport 123 -j DNAT --to-destination ${address}:${ntp.port}`,
    );
    const mark = ntp.log.mark();
    await machine.run('sudo systemctl restart systemd-timesyncd.service');
    await t.check('asked', () => ntp.awaitClient({ after: mark, until: minutes(2), signal: t.signal }));
    await t.check('in-use', () =>
      t.eventually(
        `${address} in use`,
        async () =>
          timesyncServer(await machine.run('timedatectl show-timesync')) === address ? true : undefined,
        { until: minutes(2) },
      ),
    );
    await t.check('clock-set', () =>
      t.eventually(
        'a clock that follows the server',
        async () => {
          const off = Number(await machine.run('date +%s')) * 1000 - Date.now();
          return Math.abs(off - ahead) < ahead / 3 ? true : undefined;
        },
        { until: minutes(2) },
      ),
    );
  },
});
