import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';
import { registry } from './_registry.ts';
import { asRoot } from './_root-script.ts';

const account = { user: 'kola', password: 'a word for a test' };

export default scenario({
  name: 'docs.registry-authentication',
  description:
    'Docker pushes to and pulls from a registry that asks for a password, once it was told, and not before',
  tags: ['docs', 'docker'],
  platforms: { only: ['qemu'] },
  needs: { capabilities: ['docker'], services: ['http'] },
  timeout: minutes(10),
  sabotage: {
    kind: 'guest',
    fault: "the folder for the client's credentials is not the user's",
    commands: ['sudo mkdir -p /home/core/.docker', 'sudo chmod 555 /home/core/.docker'],
    fails: { check: 'login' },
  },
  run: async t => {
    const { machine } = t;
    const http = await t.services.http({ name: 'registry', bodyLimit: 64 * 2 ** 20 });
    const answer = registry(account);
    http.serve('/v2/', answer);
    http.serve('/v2/*', answer);
    const { host } = new URL(http.guestUrl);
    const image = `${host}/kola/private:1`;
    const patience = { timeout: minutes(4) };
    await machine.write('/etc/docker/daemon.json', `${JSON.stringify({ 'insecure-registries': [host] })}\n`);
    await asRoot(machine, ['systemctl restart docker.service'], patience);
    await makeScratchImage(machine, image, ['echo']);
    const early = await machine.try(`docker push ${image}`, patience);
    t.ok(
      'refused-before',
      early.code !== 0,
      'the registry took an image from somebody whom it does not know',
    );
    const wrong = await machine.try(`docker login --username ${account.user} --password-stdin ${host}`, {
      ...patience,
      input: 'another word',
    });
    t.ok('wrong-password-refused', wrong.code !== 0, 'a wrong password was taken');
    await t.check('login', () =>
      machine.run(`docker login --username ${account.user} --password-stdin ${host}`, {
        ...patience,
        input: account.password,
      }),
    );
    await t.check('pushed', () => machine.run(`docker push ${image}`, patience));
    await machine.run(`docker rmi ${image}`, patience);
    const word = await machine.run(`docker run --rm ${image} echo from the registry`, patience);
    t.equal('pulled', word, 'from the registry', 'what the container of the pulled image said');
    await machine.run(`docker logout ${host} && docker rmi ${image}`, patience);
    const late = await machine.try(`docker pull ${image}`, patience);
    t.ok('refused-after', late.code !== 0, 'the registry gave an image to somebody who logged out');
  },
});
