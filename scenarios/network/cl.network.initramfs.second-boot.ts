import { scenario } from '../../src/core/scenario.ts';

const switched = /^Reached target (?:Switch Root\.|initrd-switch-root\.target(?: - Switch Root)?\.)$/;

/** As systemd has announced networkd over the years. */
const networkd =
  /^(?:Started|Finished|Starting) (?:Network (?:Service|Configuration)|systemd-networkd\.service(?: - Network Configuration)?)\.?(?:\.\.)?$/;

/** What is wrong with the lines of the journal of both units, in order of time; undefined when nothing is. */
export const networkBeforeSwitch = (journal: string): string | undefined => {
  const lines = journal.split('\n').filter(line => line.trim() !== '');
  const [first, ...later] = lines;
  if (first === undefined) return 'the journal has nothing of either unit';
  if (networkd.test(first)) return `networkd ran before the switch to the real root: ${first}`;
  if (!switched.test(first)) return `expected the switch to the real root first, found: ${first}`;
  const started = later.some(line => networkd.test(line) && !line.startsWith('Starting'));
  return started ? undefined : 'networkd was not started after the switch to the real root';
};

export default scenario({
  name: 'cl.network.initramfs.second-boot',
  description: 'The initrd leaves the network alone when Ignition has nothing to do',
  tags: ['network', 'reboot'],
  platforms: { except: ['digitalocean'] },
  needs: { capabilities: ['networkd'] },
  sabotage: {
    kind: 'guest',
    fault: 'systemd does not log what it starts',
    commands: [
      'sudo mkdir -p /etc/systemd/system.conf.d',
      "printf '[Manager]\\nLogLevel=warning\\n' | sudo tee /etc/systemd/system.conf.d/10-quiet.conf",
    ],
    fails: { check: 'after-the-switch' },
  },
  run: async t => {
    await t.machine.reboot();
    const journal = await t.machine.run(
      'sudo journalctl -b -o cat -u initrd-switch-root.target -u systemd-networkd.service',
    );
    const problem = networkBeforeSwitch(journal);
    t.ok('after-the-switch', problem === undefined, problem ?? '');
  },
});
