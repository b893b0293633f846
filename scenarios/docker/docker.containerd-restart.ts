import { minutes } from '../../src/core/clock.ts';
import { ProductError } from '../../src/core/errors.ts';
import type { Machine } from '../../src/core/machine.ts';
import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';
import { parseProperties } from '../../src/machine/guest/unit-state.ts';
import { ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';

const image = 'kola-sleep';

interface State {
  readonly sub: string;
  readonly pid: number;
}

/** What `systemctl show` says of containerd. */
export const parseState = (text: string): State => {
  const { SubState: sub = '', MainPID: pid = '' } = parseProperties(text);
  return { sub, pid: Number(pid) };
};

const stateOf = async (machine: Machine): Promise<State> =>
  parseState(await machine.run('systemctl show containerd.service -p SubState -p MainPID'));

/** The state once it runs with another process; undefined while it is on its way. */
export const restarted = (before: number, { sub, pid }: State): State | undefined => {
  // systemd gave up: it will not become better by waiting.
  if (['exited', 'failed'].includes(sub))
    throw new ProductError('containerd-gone', `expected containerd to be started again, it is ${sub}`);
  return sub === 'running' && pid > 0 && pid !== before ? { sub, pid } : undefined;
};

const startContainer = (machine: Machine): Promise<string> =>
  machine.run(`docker run --detach ${image} sleep 600`, { timeout: 180_000 });

export default scenario({
  name: 'docker.containerd-restart',
  description: 'containerd comes back after it was ended by a signal, and docker goes on with it',
  tags: ['docker'],
  platforms: localAndAzure,
  needs: { capabilities: ['docker', 'containerd'] },
  timeout: minutes(10),
  userData: ignition({ units: [unit('docker.service', { enabled: true })] }, '2.3'),
  sabotage: {
    kind: 'guest',
    fault: 'a drop-in keeps systemd from starting containerd again',
    commands: [
      'sudo mkdir -p /etc/systemd/system/containerd.service.d',
      "printf '[Service]\\nRestart=no\\n' | sudo tee /etc/systemd/system/containerd.service.d/99-once.conf",
      'sudo systemctl daemon-reload',
    ],
    fails: { check: 'back-after-SIGTERM' },
  },
  run: async t => {
    const { machine } = t;
    const commit = () => machine.run("docker info --format '{{.ContainerdCommit.ID}}'", { timeout: 120_000 });
    await makeScratchImage(machine, image, ['sleep']);
    t.match('docker-sees-containerd', await commit(), /\S/);
    await t.check('container-starts', () => startContainer(machine));
    for (const signal of ['SIGTERM', 'SIGHUP']) {
      const { pid } = await stateOf(machine);
      t.ok(`running-before-${signal}`, pid > 0, 'containerd has no main process');
      await machine.run(`sudo kill -s ${signal.slice(3)} ${pid}`);
      await t.check(`back-after-${signal}`, () =>
        t.eventually(
          `containerd running with another process than ${pid}`,
          async () => restarted(pid, await stateOf(machine)),
          {
            until: minutes(2),
          },
        ),
      );
      await t.check(`docker-sees-it-after-${signal}`, () =>
        t.eventually('docker info with containerd', async () =>
          (await commit()).trim() === '' ? undefined : true,
        ),
      );
      await t.check(`container-starts-after-${signal}`, () =>
        t.eventually('a container that starts', async () => {
          const { code } = await machine.try(`docker run --detach ${image} sleep 600`, { timeout: 180_000 });
          return code === 0 ? true : undefined;
        }),
      );
    }
  },
});
