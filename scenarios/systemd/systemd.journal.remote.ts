import { randomBytes } from 'node:crypto';
import { scenario } from '../../src/core/scenario.ts';
import { file, ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';

const gateway = ignition(
  {
    files: [file('/etc/hostname', 'gateway\n', { overwrite: true })],
    units: [unit('systemd-journal-gatewayd.socket', { enabled: true })],
  },
  '2.0',
);

export default scenario({
  name: 'systemd.journal.remote',
  description: 'One machine collects the journal of another one over HTTP',
  tags: ['smoke', 'systemd', 'network'],
  platforms: { only: ['qemu'] },
  needs: {
    machines: 2,
    capabilities: ['journal-gatewayd', 'systemd-journal-remote'],
    platform: ['private-network'],
  },
  machines: [{ role: 'gateway', userData: gateway }, { role: 'collector' }],
  sabotage: {
    kind: 'guest',
    fault: 'the gateway is stopped',
    role: 'gateway',
    commands: ['sudo systemctl stop systemd-journal-gatewayd.socket systemd-journal-gatewayd.service'],
    fails: { check: 'word-arrives' },
  },
  run: async t => {
    const [from, to] = [t.on('gateway'), t.on('collector')];
    const word = `kola-${randomBytes(8).toString('hex')}`;
    await from.run(`logger ${word} && sudo journalctl --sync`);
    // One identifier only: a whole journal takes minutes where machines are emulated.
    const url = `http://${from.privateAddress}:19531/entries?SYSLOG_IDENTIFIER=core`;
    const journal = `/var/log/journal/remote/remote-${from.privateAddress}.journal`;
    const collect = `sudo systemd-run --wait --quiet --collect /usr/lib/systemd/systemd-journal-remote --url '${url}' --split-mode=none --output=${journal}`;
    const show = `sudo journalctl _HOSTNAME=gateway -t core --file ${journal} -o cat`;
    await to.run('sudo mkdir -p /var/log/journal/remote');
    await t.check('word-arrives', () =>
      t.eventually(`${word} in the collected journal`, async () => {
        const { code, stdout } = await to.try(`${collect} && ${show}`, { timeout: 120_000 });
        return code === 0 && stdout.split('\n').includes(word) ? true : undefined;
      }),
    );
    t.ok(
      'not-from-here',
      (await to.run('hostname')) !== 'gateway',
      'the collecting machine has the name of the other one, so that the entry proves nothing',
    );
  },
});
