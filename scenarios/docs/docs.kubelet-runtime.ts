import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { dockerInfo, expectedDriver } from '../../src/machine/guest/docker-info.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';

/** The text of the lines that docker's driver `json-file` wrote, per stream. */
export const loggedLines = (log: string): readonly string[] =>
  log
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const { stream, log: text }: { stream?: unknown; log?: unknown } = JSON.parse(line);
      return `${String(stream)}: ${String(text).trimEnd()}`;
    });

export default scenario({
  name: 'docs.kubelet-runtime',
  description:
    'Containers are in control groups of systemd, log to files as JSON, and lie on an overlay, as a kubelet expects',
  tags: ['docs', 'kubernetes', 'docker'],
  needs: { capabilities: ['docker'] },
  timeout: minutes(10),
  sabotage: {
    kind: 'guest',
    fault: 'docker makes control groups by itself',
    commands: [
      'sudo mkdir -p /etc/docker',
      'echo \'{"exec-opts": ["native.cgroupdriver=cgroupfs"]}\' | sudo tee /etc/docker/daemon.json',
      'sudo systemctl restart docker.service',
    ],
    fails: { check: 'cgroup-driver' },
  },
  run: async t => {
    const { machine } = t;
    const info = await dockerInfo(machine);
    t.equal('cgroup-driver', info.CgroupDriver, 'systemd', 'driver for control groups');
    t.equal('storage-driver', info.Driver, expectedDriver(info.ServerVersion), 'driver for storage');
    await makeScratchImage(machine, 'kola-pod', ['sh', 'sleep']);
    const id = await machine.run(`docker run --detach kola-pod sh -c 'echo out; echo err >&2; sleep 600'`, {
      timeout: minutes(3),
    });
    const inspect = (field: string): Promise<string> =>
      machine.run(`docker inspect --format '{{${field}}}' ${id}`);
    const pid = await inspect('.State.Pid');
    const group = await machine.run(`cat /proc/${pid}/cgroup`);
    t.match(
      'group',
      group,
      /\/system\.slice\/docker-[0-9a-f]{64}\.scope$/m,
      'control group of the container',
    );
    const type = await machine.run(
      `sudo awk '$5 == "/" { for (i = 7; $i != "-"; i++); print $(i + 1) }' /proc/${pid}/mountinfo`,
    );
    t.equal('overlay', type, 'overlay', 'filesystem at / of the container');
    await t.check('log', () =>
      t.eventually('both lines in the log', async () => {
        const lines = loggedLines(await machine.run(`sudo cat "${await inspect('.LogPath')}"`));
        return lines.includes('stdout: out') && lines.includes('stderr: err') ? true : undefined;
      }),
    );
    await machine.run(`docker rm --force ${id}`, { timeout: minutes(2) });
  },
});
