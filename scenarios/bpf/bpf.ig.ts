import { z } from 'zod';
import { minutes, seconds } from '../../src/core/clock.ts';
import type { Machine } from '../../src/core/machine.ts';
import type { CheckContext } from '../../src/core/scenario.ts';
import { scenario } from '../../src/core/scenario.ts';
import { bakedExtension } from '../../src/machine/guest/kubernetes.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';

const version = 'v0.50.0';
const eventSchema = z.object({ args: z.string().optional(), name: z.string().optional() });
type Event = z.output<typeof eventSchema>;

/** Events of a gadget, one JSON document a line; other lines are talk. */
export const parseEvents = (text: string): readonly Event[] =>
  text
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => eventSchema.parse(JSON.parse(line)));

/** Arguments of the commands that were seen; the gadget joins them with no-break spaces. */
export const commandsSeen = (events: readonly Event[]): readonly string[] =>
  events.flatMap(({ args }) => (args === undefined ? [] : [args.replaceAll('\u00a0', ' ')]));

/** Runs a gadget beside some commands, and returns what it saw. */
const trace = async (
  t: CheckContext,
  machine: Machine,
  gadget: string,
  filter: string,
  commands: readonly string[],
): Promise<readonly Event[]> => {
  const unit = `kola-${gadget.replaceAll('_', '-')}`;
  const [seen, talk] = [`/tmp/${unit}.json`, `/tmp/${unit}.log`];
  // Fetched beforehand: that takes as long as the network does.
  await machine.run(`sudo ig run ${gadget}:${version} --help >/dev/null`, { timeout: minutes(3) });
  await machine.run(
    `sudo systemd-run --quiet --unit=${unit} --property=StandardOutput=file:${seen} --property=StandardError=file:${talk} ig run ${gadget}:${version} --host --filter '${filter}' --output json --verbose`,
  );
  await t.eventually(
    `${gadget} running`,
    async () => ((await machine.run(`sudo cat ${talk}`)).includes('running...') ? true : undefined),
    { until: seconds(60) },
  );
  for (const command of commands) await machine.try(command);
  await machine.run(`sudo systemctl stop ${unit}.service`);
  return parseEvents(await machine.read(seen));
};

export default scenario({
  name: 'bpf.ig',
  description: 'Inspektor Gadget sees programs start and names being looked up, and filters what it sees',
  tags: ['bpf', 'sysext', 'docker', 'internet'],
  platforms: localAndAzure,
  versions: { from: '4081.0.0' },
  needs: {
    capabilities: ['sysext', 'docker'],
    external: ['internet', 'https://extensions.flatcar.org/', 'registry:ghcr.io', 'dns:flatcar.org'],
  },
  allow: { permissive: true },
  timeout: minutes(12),
  machines: [],
  run: async t => {
    const machine = await t.provision('machine', ignition(bakedExtension('ig', version, t.arch), '3.3'));
    const started = commandsSeen(
      await trace(t, machine, 'trace_exec', 'proc.comm=docker,args~ps', [
        'docker info',
        'docker ps',
        'docker images',
      ]),
    );
    t.equal('sees-what-is-asked', started, ['/usr/bin/docker ps'], 'commands that trace_exec saw');
    const hosts = ['kinvolk.io', 'flatcar.org', 'stable.release.flatcar-linux.net'];
    const asked = await trace(
      t,
      machine,
      'trace_dns',
      'name=flatcar.org.',
      hosts.map(host => `dig +time=5 ${host}`),
    );
    const names = [...new Set(asked.map(({ name }) => name))];
    t.equal('sees-names-asked', names, ['flatcar.org.'], 'names that trace_dns saw');
  },
});
