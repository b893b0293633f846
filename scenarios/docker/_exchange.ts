import { minutes } from '../../src/core/clock.ts';
import type { Machine } from '../../src/core/machine.ts';
import { type Scenario, scenario } from '../../src/core/scenario.ts';
import { hasListener } from '../../src/machine/guest/network.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';

const image = 'kola-nc';
const port = 9988;

/** A kind of netcat, which releases have changed. */
export interface Netcat {
  readonly program: 'nc' | 'ncat';
  /** Arguments that serve one connection on a port. */
  readonly listen: (port: number) => string;
  /** Arguments that talk to a server. */
  readonly connect: (host: string, port: number) => string;
}

type ExchangeSpec = Pick<Scenario, 'name' | 'description' | 'versions'> & {
  readonly capability: string;
  readonly netcat: Netcat;
};

const listening = async (server: Machine): Promise<boolean> => {
  const pid = await server.run("docker inspect --format '{{.State.Pid}}' server");
  // Docker's proxy accepts before netcat does: look into the container's own network.
  const { stdout } = await server.try(`sudo cat /proc/${pid}/net/tcp /proc/${pid}/net/tcp6`);
  return hasListener(stdout, port);
};

/** Containers on two machines exchange one line each way over a published port. */
export const exchangeScenario = ({ capability, netcat, ...spec }: ExchangeSpec): Scenario => {
  const say = (line: string, args: string): string =>
    `sh -c 'echo ${line} | timeout 60 ${netcat.program} ${args}'`;
  return scenario({
    ...spec,
    tags: ['docker', 'network'],
    needs: { machines: 2, capabilities: ['docker', capability], platform: ['private-network'] },
    timeout: minutes(10),
    machines: [{ role: 'server' }, { role: 'client' }],
    sabotage: {
      kind: 'guest',
      fault: 'the firewall of the server drops what comes for the port',
      role: 'server',
      capabilities: ['iptables'],
      commands: [`sudo iptables -t raw -I PREROUTING -p tcp --dport ${port} -j DROP`],
      fails: { says: /docker run --rm kola-nc/ },
    },
    run: async t => {
      const [server, client] = [t.on('server'), t.on('client')];
      await Promise.all(
        [server, client].map(machine => makeScratchImage(machine, image, ['sh', netcat.program, 'timeout'])),
      );
      await server.run(
        `docker run --detach --name server --publish ${port}:${port} ${image} ${say('HELLO FROM SERVER', netcat.listen(port))}`,
        { timeout: 180_000 },
      );
      await t.check('server-listens', () =>
        t.eventually(`a listener on port ${port}`, async () =>
          (await listening(server)) ? true : undefined,
        ),
      );
      const heard = await client.run(
        `docker run --rm ${image} ${say('HELLO FROM CLIENT', netcat.connect(server.privateAddress, port))}`,
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
};
