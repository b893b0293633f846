import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';

/** What a kubelet in a container reads of the machine: where, and a path below it. */
const readable = [
  { id: 'modules', from: '/lib/modules', below: '$(uname -r)/modules.dep' },
  { id: 'run', from: '/run', below: 'systemd/resolve/resolv.conf' },
  { id: 'resolv-conf', from: '/etc/resolv.conf', below: '' },
  { id: 'os-release', from: '/usr/lib/os-release', below: '' },
] as const;
const writable = [
  { id: 'cni', path: '/opt/cni/bin' },
  { id: 'kubernetes', path: '/etc/kubernetes' },
] as const;

export default scenario({
  name: 'docs.kubelet-host-paths',
  description:
    'A container sees the paths of the machine that a kubelet mounts, and writes where CNI and Kubernetes do',
  tags: ['docs', 'kubernetes', 'docker'],
  needs: { capabilities: ['docker', 'resolved'] },
  timeout: minutes(10),
  sabotage: {
    kind: 'guest',
    fault: 'a read-only filesystem lies where Kubernetes is configured',
    commands: ['sudo mkdir -p /etc/kubernetes', 'sudo mount -t tmpfs -o ro tmpfs /etc/kubernetes'],
    fails: { check: 'writes-kubernetes' },
  },
  run: async t => {
    const { machine } = t;
    await makeScratchImage(machine, 'kola-kubelet', ['sh', 'sha256sum', 'tee']);
    const patience = { timeout: minutes(3) };
    for (const { id, from, below } of readable) {
      const outside = await machine.run(`sha256sum <"${from}/${below}" 2>/dev/null || sha256sum <${from}`);
      const inside = await machine.run(
        `docker run --rm --volume ${from}:/host:ro kola-kubelet sha256sum ${below === '' ? '/host' : `"/host/${below}"`}`,
        patience,
      );
      t.equal(`reads-${id}`, inside.split(' ')[0], outside.split(' ')[0], `checksum of ${from}/${below}`);
    }
    // Of the four the one that root could write to: the file lies in memory.
    const touched = await machine.try(
      'docker run --rm --volume /etc/resolv.conf:/host:ro kola-kubelet sh -c "echo x >>/host"',
      patience,
    );
    t.ok('read-only', touched.code !== 0, 'a container writes to what it was given read-only');
    for (const { id, path } of writable) {
      await machine.run(`sudo mkdir -p ${path}`);
      await machine.try(
        `echo from a pod | docker run --rm --interactive --volume ${path}:/host kola-kubelet tee /host/kola-note`,
        patience,
      );
      const { stdout } = await machine.try(`cat ${path}/kola-note`);
      t.equal(`writes-${id}`, stdout.trim(), 'from a pod', `${path}/kola-note on the machine`);
    }
  },
});
