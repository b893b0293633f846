import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';
import { asRoot } from './_root-script.ts';

const api = '127.0.0.1:2375';
const kept = 10_240;

export default scenario({
  name: 'docs.customizing-docker',
  description: 'Docker takes orders over a TCP socket, too, and keeps no more of a log than daemon.json says',
  tags: ['docs', 'docker'],
  needs: { capabilities: ['docker'] },
  timeout: minutes(10),
  sabotage: {
    kind: 'guest',
    fault: 'a drop-in gives the socket a condition that never holds',
    commands: [
      'sudo mkdir -p /etc/systemd/system/docker-tcp.socket.d',
      "printf '[Unit]\\nConditionPathExists=/nowhere\\n' | sudo tee /etc/systemd/system/docker-tcp.socket.d/10-never.conf",
    ],
    fails: { check: 'api-over-tcp' },
  },
  run: async t => {
    const { machine } = t;
    await machine.write(
      '/etc/systemd/system/docker-tcp.socket',
      `[Unit]\nDescription=Docker Socket for the API\n\n[Socket]\nListenStream=${api}\nService=docker.service\nBindIPv6Only=both\n\n[Install]\nWantedBy=sockets.target\n`,
    );
    const limits = { 'max-size': `${kept}`, 'max-file': '1' };
    await machine.write(
      '/etc/docker/daemon.json',
      `${JSON.stringify({ 'log-driver': 'json-file', 'log-opts': limits })}\n`,
    );
    await asRoot(
      machine,
      [
        'systemctl daemon-reload',
        'systemctl enable docker-tcp.socket',
        'systemctl stop docker.service',
        'systemctl start docker-tcp.socket',
        'systemctl start docker.service',
      ],
      { timeout: minutes(3) },
    );
    const { stdout, stderr } = await machine.try(
      `curl --silent --show-error --max-time 60 http://${api}/version`,
      { timeout: minutes(2) },
    );
    t.match('api-over-tcp', stdout, /"ApiVersion":"1\.\d+"/, `answer of the API (${stderr.trim()})`);
    await makeScratchImage(machine, 'kola-talker', ['seq']);
    const docker = `docker --host=tcp://${api}`;
    await machine.run(`${docker} run --name kola-talk kola-talker seq 5000 >/dev/null`, {
      timeout: minutes(3),
    });
    const log = await machine.run(`${docker} inspect --format '{{.LogPath}}' kola-talk`);
    const size = Number(await machine.run(`sudo stat --format=%s ${log}`));
    t.ok(
      'log-cut',
      size > 0 && size <= 2 * kept,
      `expected a log of at most ${2 * kept} bytes, found ${size}`,
    );
    await machine.run(`${docker} rm kola-talk`);
  },
});
