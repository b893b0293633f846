import { minutes } from '../../src/core/clock.ts';
import type { Machine } from '../../src/core/machine.ts';
import { scenario } from '../../src/core/scenario.ts';
import { hasListener } from '../../src/machine/guest/network.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';

const image = 'kola-nc';
const port = 9988;

/** What nc exchanges in one connection: one line each way. */
const nc = (line: string, args: string): string => `sh -c 'echo ${line} | timeout 60 nc -N ${args}'`;

const listening = async (server: Machine): Promise<boolean> => {
  const pid = await server.run("docker inspect --format '{{.State.Pid}}' server");
  // Docker's proxy accepts before nc does: look into the container's own network.
  const { stdout } = await server.try(`sudo cat /proc/${pid}/net/tcp /proc/${pid}/net/tcp6`);
  return hasListener(stdout, port);
};

export default scenario({
  name: 'docker.network-openbsd-nc',
  description: 'Containers on two machines talk to one another through a published port',
  tags: ['docker', 'network'],
  versions: { from: '4057.0.0' },
  needs: { machines: 2, capabilities: ['docker', 'nc-openbsd'], platform: ['private-network'] },
  timeout: minutes(10),
  machines: [{ role: 'server' }, { role: 'client' }],
  sabotage: {
    kind: 'guest',
    fault: 'the firewall of the server drops what comes for the port',
    role: 'server',
    capabilities: ['iptables'],
    commands: ['sudo iptables -t raw -I PREROUTING -p tcp --dport 9988 -j DROP'],
    fails: { says: /docker run --rm kola-nc/ },
  },
  run: async t => {
    const [server, client] = [t.on('server'), t.on('client')];
    await Promise.all(
      [server, client].map(machine => makeScratchImage(machine, image, ['sh', 'nc', 'timeout'])),
    );
    await server.run(
      `docker run --detach --name server --publish ${port}:${port} ${image} ${nc('HELLO FROM SERVER', `-l 0.0.0.0 ${port}`)}`,
      { timeout: 180_000 },
    );
    await t.check('server-listens', () =>
      t.eventually(`a listener on port ${port}`, async () => ((await listening(server)) ? true : undefined)),
    );
    const heard = await client.run(
      `docker run --rm ${image} ${nc('HELLO FROM CLIENT', `${server.privateAddress} ${port}`)}`,
      { timeout: 180_000 },
    );
    t.equal('client-heard', heard, 'HELLO FROM SERVER', 'what the client heard');
    await server.run('timeout 60 docker wait server', { timeout: 90_000 });
    t.equal(
      'server-heard',
      await server.run('docker logs server'),
      'HELLO FROM CLIENT',
      'what the server heard',
    );
  },
});
