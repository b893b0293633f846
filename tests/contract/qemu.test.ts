import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { platform } from '../../platforms/qemu/index.ts';
import { bootSectorImage, greeting } from './boot-sector.ts';
import { describePlatform } from './platform-contract.ts';

/** Processes of this test's own machines: children of this process, so that other runs do not disturb. */
const processes = (): readonly string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const [program = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return Number(parent) === process.pid && state !== 'Z' ? [`process ${pid} ${basename(program)}`] : [];
      } catch {
        return [];
      }
    })
    .filter(line => /qemu|swtpm|setpriv/.test(line));

/** Sockets of this process: the claimed port and the multicast group of each private network. */
const sockets = (): readonly string[] => {
  const mine = new Set(
    readdirSync('/proc/self/fd').flatMap(fd => {
      try {
        return [/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? ''];
      } catch {
        return [];
      }
    }),
  );
  return ['tcp', 'udp'].flatMap(kind =>
    readFileSync(`/proc/net/${kind}`, 'utf8')
      .split('\n')
      .slice(1)
      .map(line => line.trim().split(/\s+/))
      .filter(fields => fields[9] !== undefined && mine.has(fields[9]))
      .map(fields => `${kind} ${fields[1]}`),
  );
};

describePlatform('qemu', () => ({
  definition: platform,
  arch: 'amd64',
  options: { qemuAccel: 'tcg' },
  image: folder => bootSectorImage(folder),
  greeting,
  census: async () => [...processes(), ...sockets()].sort(),
  murder: async machine => {
    process.kill(Number(machine.platformId.replace('pid ', '')), 'SIGKILL');
  },
  badOptions: [
    [{ qemuMemory: 'lots' }, /expected MiB of memory, found "lots"/],
    [{ qemuMemory: 16 }, /between 128 and/],
    [{ qemuCpus: '0' }, /expected a number of CPUs between 1 and 255, found 0/],
    [{ qemuAccel: 'hvf' }, /expected auto, kvm or tcg, found "hvf"/],
    [{ qemuGrowBaseDiskBy: '4 GB' }, /expected a size such as 4G or 512M, found "4 GB"/],
    [{ qemuFirmware: '' }, /expected a file name/],
  ],
}));
