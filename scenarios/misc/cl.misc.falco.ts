import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';

/** Names of loaded kernel modules in the output of lsmod. */
export const loadedModules = (text: string): readonly string[] =>
  text
    .split('\n')
    .slice(1)
    .flatMap(line => /^(\S+)\s+\d+/.exec(line)?.[1] ?? []);

const loader =
  'docker run --rm --privileged --volume /root/.falco:/root/.falco --volume /proc:/host/proc:ro --volume /boot:/host/boot:ro --volume /lib/modules:/host/lib/modules --volume /usr:/host/usr:ro --volume /etc:/host/etc:ro docker.io/falcosecurity/falco-driver-loader:latest kmod';

export default scenario({
  name: 'cl.misc.falco',
  description: "Falco's container builds its kernel module for the running kernel and loads it",
  tags: ['misc', 'docker', 'internet'],
  platforms: { only: ['qemu'] },
  arches: ['amd64'],
  versions: { until: '4330.0.0' },
  needs: { capabilities: ['docker'], external: ['internet', 'registry:docker.io'] },
  allow: { permissive: true },
  timeout: minutes(20),
  run: async t => {
    const lockdown = await t.machine.try('mokutil --sb-state');
    if (/SecureBoot enabled/.test(lockdown.stdout))
      t.skip('Secure Boot lets no module in that is not signed');
    await t.check('built-and-loaded', () => t.machine.run(loader, { timeout: minutes(15) }));
    const modules = loadedModules(await t.machine.run('lsmod'));
    t.ok('in-lsmod', modules.includes('falco'), 'falco is not among the loaded modules');
    t.match('in-kernel-log', await t.machine.run('sudo dmesg'), /\bfalco\b/);
  },
});
