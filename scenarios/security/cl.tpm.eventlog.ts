import { scenario } from '../../src/core/scenario.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';

const log = '/sys/kernel/security/tpm0/binary_bios_measurements';

/** How many events `tpm2_eventlog` lists. */
export const countEvents = (yaml: string): number => yaml.match(/^- EventNum: \d+$/gm)?.length ?? 0;

export default scenario({
  name: 'cl.tpm.eventlog',
  description: 'The log of what the firmware measured can be read with the tools of the image',
  tags: ['security', 'tpm'],
  platforms: local,
  versions: { from: '4082.0.0' },
  needs: { capabilities: ['tpm2-tools', 'tpm-event-log'], tpm: true, coldBoot: true },
  run: async t => {
    const { code, stdout, stderr } = await t.machine.try(`sudo tpm2_eventlog ${log}`);
    t.equal('readable', code, 0, `tpm2_eventlog (${stderr.trim()})`);
    t.ok('has-events', countEvents(stdout) > 0, `tpm2_eventlog lists no event: ${stdout.slice(0, 200)}`);
  },
});
