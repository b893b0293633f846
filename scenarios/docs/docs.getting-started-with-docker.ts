import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';
import { greeting } from './_greeter.ts';
import { said } from './_root-script.ts';
import { heardFrom } from './_second-host.ts';

const port = 8087;

export default scenario({
  name: 'docs.getting-started-with-docker',
  description:
    'A container is run, changed, kept as an image and run again, and one serves on a port of the machine',
  tags: ['docs', 'docker'],
  needs: { capabilities: ['docker', 'socat'] },
  timeout: minutes(10),
  sabotage: {
    kind: 'guest',
    fault: 'what is stored cannot grow: its folder is a full disk',
    commands: [
      'sudo systemctl stop docker.service docker.socket',
      'sudo mkdir -p /var/lib/docker',
      'sudo mount -t tmpfs -o size=1M tmpfs /var/lib/docker',
      'sudo systemctl start docker.socket',
    ],
    fails: { says: /docker import|bash -s/ },
  },
  run: async t => {
    const { machine } = t;
    const patience = { timeout: minutes(3) };
    await makeScratchImage(machine, 'kola-box', ['sh', 'cat', 'echo', 'socat']);
    const first = await machine.run(
      `docker run --name kola-first kola-box sh -c 'echo mine >/note; cat /note'`,
      patience,
    );
    t.equal('ran', first, 'mine', 'what the container said');
    await machine.run('docker commit kola-first kola-changed', patience);
    const again = await machine.run('docker run --rm kola-changed cat /note', patience);
    t.equal('change-kept', again, 'mine', 'file in the image that was made of the container');
    const { code } = await machine.try('docker run --rm kola-box cat /note', patience);
    // 1 is what cat says; docker's own troubles have numbers from 125 on.
    t.equal('image-untouched', code, 1, 'exit code of cat for the file in the image of the container');
    await machine.run(
      `docker run --detach --name kola-web --publish ${port}:80 kola-box socat TCP-LISTEN:80,fork,reuseaddr EXEC:'echo ${greeting}'`,
      patience,
    );
    await t.check('served', () =>
      t.eventually('an answer of the container', async () =>
        (await said(machine, heardFrom('127.0.0.1', port))) === greeting ? true : undefined,
      ),
    );
    await machine.run('docker rm --force kola-web', patience);
    t.equal('gone', await said(machine, heardFrom('127.0.0.1', port)), '', 'what the port says then');
  },
});
