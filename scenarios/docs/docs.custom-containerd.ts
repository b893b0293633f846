import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';
import { asRoot } from './_root-script.ts';

const folder = '/etc/systemd/system/containerd.service.d';

export default scenario({
  name: 'docs.custom-containerd',
  description: 'A drop-in starts a containerd of one’s own from /opt/bin, and containers run with it',
  tags: ['docs', 'docker'],
  needs: { capabilities: ['docker', 'containerd'] },
  timeout: minutes(10),
  sabotage: {
    kind: 'guest',
    fault: 'a later drop-in starts the one of the image',
    commands: [
      `sudo mkdir -p ${folder}`,
      `printf '[Service]\\nExecStart=\\nExecStart=%s\\n' "$(command -v containerd)" | sudo tee ${folder}/zz-image.conf`,
    ],
    fails: { check: 'from-opt' },
  },
  run: async t => {
    const { machine } = t;
    await machine.write(`${folder}/10-custom.conf`, '[Service]\nExecStart=\nExecStart=/opt/bin/containerd\n');
    await asRoot(
      machine,
      [
        'mkdir -p /opt/bin',
        'cp "$(command -v containerd)" /opt/bin/containerd',
        'systemctl stop docker.service docker.socket',
        'systemctl daemon-reload',
        'systemctl restart containerd.service',
        'systemctl start docker.socket',
      ],
      { timeout: minutes(4) },
    );
    const runs = await machine.run(
      'sudo readlink "/proc/$(systemctl show -p MainPID --value containerd.service)/exe"',
    );
    t.equal('from-opt', runs, '/opt/bin/containerd', 'program that runs as containerd');
    await makeScratchImage(machine, 'kola-own', ['echo']);
    const word = await machine.run('docker run --rm kola-own echo alive', { timeout: minutes(3) });
    t.equal('container-runs', word, 'alive', 'what the container said');
  },
});
