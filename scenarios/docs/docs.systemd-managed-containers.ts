import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';
import { asRoot } from './_root-script.ts';

const unit = 'kola-speaker.service';
const service = `[Unit]
After=docker.service
Requires=docker.service

[Service]
TimeoutStartSec=0
Restart=always
RestartSec=1
ExecStartPre=-/usr/bin/docker rm --force kola-speaker
ExecStart=/usr/bin/docker run --name kola-speaker kola-voice sh -c 'while true; do echo still speaking; sleep 2; done'
ExecStop=-/usr/bin/docker stop --time 1 kola-speaker

[Install]
WantedBy=multi-user.target
`;

export default scenario({
  name: 'docs.systemd-managed-containers',
  description:
    'A container that is a unit speaks to the journal, is started again when it dies, and ends with the unit',
  tags: ['docs', 'docker', 'systemd'],
  needs: { capabilities: ['docker'] },
  timeout: minutes(10),
  sabotage: {
    kind: 'guest',
    fault: 'a drop-in says that the unit is not to be started again',
    commands: [
      `sudo mkdir -p /etc/systemd/system/${unit}.d`,
      `printf '[Service]\\nRestart=no\\n' | sudo tee /etc/systemd/system/${unit}.d/10-once.conf`,
    ],
    fails: { check: 'started-again' },
  },
  run: async t => {
    const { machine } = t;
    await makeScratchImage(machine, 'kola-voice', ['sh', 'sleep']);
    await machine.write(`/etc/systemd/system/${unit}`, service);
    await asRoot(machine, ['systemctl daemon-reload', `systemctl enable --now ${unit}`], {
      timeout: minutes(3),
    });
    const container = async (): Promise<string | undefined> => {
      const { stdout } = await machine.try('docker ps --quiet --no-trunc --filter name=kola-speaker');
      return stdout.trim() || undefined;
    };
    const first = await t.check('runs', () => t.eventually('the container', container));
    await t.check('heard', () =>
      t.eventually('its words in the journal', async () => {
        const words = await machine.run(`sudo journalctl --quiet --output=cat -u ${unit}`);
        return words.split('\n').includes('still speaking') ? true : undefined;
      }),
    );
    await machine.run(`docker kill ${first}`, { timeout: minutes(2) });
    await t.check('started-again', () =>
      t.eventually(
        'another container',
        async () => {
          const id = await container();
          return id !== undefined && id !== first ? true : undefined;
        },
        { until: minutes(1) },
      ),
    );
    await machine.run(`sudo systemctl disable --now ${unit}`, { timeout: minutes(2) });
    t.equal('ended', await container(), undefined, 'container after the unit was stopped');
  },
});
