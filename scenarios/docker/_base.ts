import { minutes } from '../../src/core/clock.ts';
import type { CheckContext, Subtest } from '../../src/core/scenario.ts';
import { dockerInfo, expectedDriver, strangeSecurityOptions } from '../../src/machine/guest/docker-info.ts';
import { repetitions } from '../../src/machine/guest/repeat.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';

const infoTest: Subtest = {
  name: 'docker-info',
  description: 'docker says that it uses the drivers, the runtime and the protections that are expected',
  run: async t => {
    const info = await dockerInfo(t.machine);
    t.equal('storage-driver', info.Driver, expectedDriver(info.ServerVersion), 'storage driver');
    t.equal('security-options', strangeSecurityOptions(info), [], 'security options that are not expected');
    t.match('cgroup-driver', info.CgroupDriver, /^(?:cgroupfs|systemd)$/);
    t.ok('runc', (info.Runtimes.runc?.path ?? '') !== '', 'docker has no runtime runc with a path');
  },
};

const resourceOptions: readonly string[] = [
  '--memory=50m --memory-swap=50m',
  '--memory-reservation=10m',
  '--kernel-memory=10m',
  '--cpu-shares=100',
  '--cpu-period=1000 --cpu-quota=1000',
  '--cpuset-cpus=0',
  '--cpuset-mems=0',
  '--blkio-weight=10',
  '--memory=50m --oom-kill-disable=true',
  '--memory-swappiness=50',
  '--shm-size=1m',
  '--security-opt=label=disable --security-opt=no-new-privileges',
  '--security-opt=no-new-privileges',
];

const dropped = '--kernel-memory=10m';

/** Milliseconds that one container takes from start to end. */
const timeOfOne = async (t: CheckContext, image: string): Promise<number> =>
  (await t.machine.try(`docker run --rm ${image} sleep 0.2`, { timeout: 180_000 })).duration;

/** As many at once as `count`, and all of them must exit 0. */
const atOnce = (count: number, command: string): string =>
  `pids=(); for i in $(seq ${count}); do ${command} & pids+=($!); done; bad=0; for pid in "\x24{pids[@]}"; do wait "$pid" || bad=$((bad+1)); done; echo "failed=$bad"`;

const resources: Subtest = {
  name: 'resources',
  description: 'containers with limits start, many at once',
  run: async t => {
    await makeScratchImage(t.machine, 'kola-sleep', ['sleep']);
    const count = repetitions(await timeOfOne(t, 'kola-sleep'), { most: 10, least: 2, budget: 5000 });
    t.log(`Start ${count} containers at once with each set of limits`);
    const { ServerVersion: version } = await dockerInfo(t.machine);
    for (const options of resourceOptions) {
      // Docker 28.3 took the flag away.
      if (options === dropped && Number.parseInt(version, 10) >= 28) continue;
      const command = `docker run --rm ${options} kola-sleep sleep 0.2 2>>/tmp/kola-docker-errors`;
      const output = await t.machine.run(`: >/tmp/kola-docker-errors; ${atOnce(count, command)}`, {
        timeout: minutes(10),
      });
      const errors = output.endsWith('failed=0')
        ? ''
        : await t.machine.run('tail -n 5 /tmp/kola-docker-errors');
      t.ok(
        `limits ${options}`,
        errors === '' && output.endsWith('failed=0'),
        `${output} of ${count}: ${errors}`,
      );
    }
  },
};

const networks: Subtest = {
  name: 'networks-reliably',
  description: 'every fresh container reaches the bridge',
  run: async t => {
    await makeScratchImage(t.machine, 'kola-ping', ['sh', 'ping']);
    const ping = (body: string): string => `docker run --rm kola-ping sh -c '${body}'`;
    const bridge = await t.machine.run(
      "docker network inspect bridge --format '{{(index .IPAM.Config 0).Gateway}}' | grep . || echo 172.17.0.1",
    );
    const one = await t.machine.try(ping('true'), { timeout: 180_000 });
    const rounds = repetitions(one.duration, { most: 100, least: 10, budget: 100_000 });
    t.log(`Ping ${bridge} from ${rounds} containers, one after the other`);
    const output = await t.machine.run(
      `passed=0; for i in $(seq ${rounds}); do ${ping(`ping -i 0.2 -w 1 ${bridge} >/dev/null && echo PASS || echo FAIL`)} | grep -qx PASS && passed=$((passed+1)); done; echo $passed`,
      { timeout: minutes(20) },
    );
    t.equal('all-reach-the-bridge', output, String(rounds), 'containers that reached the bridge');
  },
};

const noCapabilities: Subtest = {
  name: 'user-no-caps',
  description: 'an ordinary user in a container has no capabilities and no way into /root',
  run: async t => {
    await makeScratchImage(t.machine, 'kola-user', ['sh', 'grep', 'ls', 'id']);
    const output = await t.machine.run(
      "docker run --rm --user 1000:1000 -v /root:/root kola-user sh -c 'id -u; grep -E ^Cap /proc/self/status; ls /root 2>/dev/null && echo LISTED || echo REFUSED'",
      { timeout: 180_000 },
    );
    t.match('is-user', output, /^1000$/m);
    t.match('none-permitted', output, /^CapPrm:\s+0{16}$/m);
    t.match('none-effective', output, /^CapEff:\s+0{16}$/m);
    t.match('root-refused', output, /^REFUSED$/m);
  },
};

const nginx = 'ghcr.io/flatcar/nginx';
const ownership: Subtest = {
  name: 'ownership',
  description: 'files of an image belong to whom the image says',
  needs: { external: ['registry:ghcr.io'] },
  run: async t => {
    await t.machine.run(`docker pull ${nginx}`, { timeout: minutes(5) });
    const inside = await t.machine.run(`docker run --rm ${nginx} stat --format=%u/%g /etc/shadow`);
    const packed = await t.machine.run(
      `id=$(docker create ${nginx}); docker export "$id" | tar --numeric-owner -tv etc/shadow; docker rm "$id" >/dev/null`,
    );
    t.equal('owner', packed.split(/\s+/)[1], inside, 'owner of /etc/shadow in the archive');
  },
};

/** What docker must be able to do, whichever way it was started. */
export const dockerSubtests: readonly Subtest[] = [infoTest, resources, networks, noCapabilities, ownership];
