import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';
import { dockerSubtests } from './_base.ts';

/** As the image itself once brought it: copies of it lie in /etc of machines that were set up then. */
const oldUnit = [
  '[Unit]',
  'Description=Docker Application Container Engine',
  'Documentation=http://docs.docker.com',
  'After=containerd.service docker.socket network.target',
  'Requires=containerd.service docker.socket',
  '',
  '[Service]',
  'Type=notify',
  'EnvironmentFile=-/run/flannel/flannel_docker_opts.env',
  'Environment=DOCKER_SELINUX=--selinux-enabled=false',
  `ExecStart=/usr/lib/coreos/dockerd --host=fd:// --containerd=/var/run/docker/libcontainerd/docker-containerd.sock $DOCKER_SELINUX $DOCKER_OPTS $DOCKER_CGROUPS $DOCKER_OPT_BIP $DOCKER_OPT_MTU $DOCKER_OPT_IPMASQ`,
  'ExecReload=/bin/kill -s HUP $MAINPID',
  'LimitNOFILE=1048576',
  'LimitNPROC=infinity',
  'LimitCORE=infinity',
  'TasksMax=infinity',
  'TimeoutStartSec=0',
  'Delegate=yes',
  '',
  '[Install]',
  'WantedBy=multi-user.target',
  '',
].join('\n');

export default scenario({
  name: 'docker.lib-coreos-dockerd-compat',
  description: 'A unit of docker that was copied to /etc years ago still starts it',
  tags: ['docker'],
  platforms: localAndAzure,
  needs: { capabilities: ['docker', 'coreos-dockerd'] },
  timeout: minutes(20),
  userData: ignition({ units: [unit('docker.service', { enabled: true, contents: oldUnit })] }, '2.3'),
  subtests: [
    {
      name: 'old-unit-runs',
      description: 'the daemon that answers was started by the old unit',
      run: async t => {
        const path = await t.machine.run('systemctl show docker.service -p FragmentPath --value');
        t.equal('unit', path, '/etc/systemd/system/docker.service', 'file of docker.service');
        const state = (await t.machine.try('systemctl is-active docker.service')).stdout.trim();
        t.equal('active', state, 'active', 'docker.service');
      },
    },
    ...dockerSubtests,
  ],
});
