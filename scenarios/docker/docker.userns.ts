import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';
import { file, ignition, unit, user } from '../../src/machine/user-data/ignition/builders.ts';

const range = 'dockremap:100000:65536\n';

/** The fields of the only line of a uid_map: first id inside, first id outside, how many. */
export const parseUidMap = (text: string): readonly number[] => text.trim().split(/\s+/).map(Number);

export default scenario({
  name: 'docker.userns',
  description: 'Docker maps root in a container to an ordinary user outside',
  tags: ['docker', 'security'],
  platforms: localAndAzure,
  needs: { capabilities: ['docker'] },
  userData: ignition(
    {
      users: [user('dockremap')],
      files: [
        file('/etc/subuid', range, { overwrite: true }),
        file('/etc/subgid', range, { overwrite: true }),
      ],
      units: [
        unit('docker.service', {
          enabled: true,
          dropins: { '10-userns.conf': '[Service]\nEnvironment="DOCKER_OPTS=--userns-remap=dockremap"\n' },
        }),
      ],
    },
    '2.3',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'a later drop-in takes the options of the daemon away',
    commands: [
      'sudo mkdir -p /etc/systemd/system/docker.service.d',
      "printf '[Service]\\nEnvironment=DOCKER_OPTS=\\n' | sudo tee /etc/systemd/system/docker.service.d/20-plain.conf",
      'sudo systemctl daemon-reload',
      'sudo systemctl restart docker.service',
    ],
    fails: { check: 'uid-map' },
  },
  run: async t => {
    const { machine } = t;
    await makeScratchImage(machine, 'kola-userns', ['echo', 'sleep']);
    const said = await machine.run('docker run --rm kola-userns echo fj.fj', { timeout: 180_000 });
    t.equal('container-runs', said, 'fj.fj', 'what the container said');
    const id = await machine.run('docker run --detach kola-userns sleep 600', { timeout: 180_000 });
    await t.check('container-stays', () =>
      t.eventually('the container running', async () => {
        const state = await machine.run(`docker inspect --format '{{.State.Running}}' ${id}`);
        return state === 'true' ? true : undefined;
      }),
    );
    const pid = await machine.run(`docker inspect --format '{{.State.Pid}}' ${id}`);
    const map = parseUidMap(await machine.run(`sudo cat /proc/${pid}/uid_map`));
    t.equal('uid-map', map, [0, 100_000, 65_536], 'first id inside, outside, and how many');
    await machine.run(`docker rm --force ${id}`);
  },
});
