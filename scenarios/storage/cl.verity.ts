import { minutes } from '../../src/core/clock.ts';
import { KolaError } from '../../src/core/errors.ts';
import type { CommandResult } from '../../src/core/machine.ts';
import type { CheckContext, Subtest } from '../../src/core/scenario.ts';
import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';

/** What `veritysetup status` says about a volume. */
export interface VerityStatus {
  readonly dataDevice: string;
  readonly hashDevice: string;
  /** Bytes from the start of the hash device to the tree, behind the superblock. */
  readonly treeOffset: number;
  /** Bytes; the superblock takes one block. */
  readonly hashBlock: number;
  readonly verified: boolean;
}

/** Reads `veritysetup status usr`; undefined when the volume is not active or something is missing. */
export const parseVerityStatus = (text: string): VerityStatus | undefined => {
  const field = (name: string): string | undefined =>
    new RegExp(`^\\s*${name}:\\s*(.*)$`, 'm').exec(text)?.[1]?.trim();
  const dataDevice = field('data device');
  const hashDevice = field('hash device');
  const sectors = /^(\d+) (?:sectors|\[512-byte units\])/.exec(field('hash offset') ?? '')?.[1];
  const hashBlock = Number.parseInt(field('hash block') ?? '', 10);
  if (!/ is active\b/.test(text) || dataDevice === undefined || hashDevice === undefined) return undefined;
  if (sectors === undefined || Number.isNaN(hashBlock)) return undefined;
  return {
    dataDevice,
    hashDevice,
    treeOffset: Number(sectors) * 512,
    hashBlock,
    verified: field('status') === 'verified',
  };
};

/** The root hash that the boot loader hands over lies in the kernel or in a file beside it, as the manifest says. */
const rootHash = async (t: CheckContext): Promise<string> => {
  const { where, offset, path } = t.image.usrHash;
  if (where === 'kernel') {
    const skip = offset ?? (t.arch === 'amd64' ? 64 : 512);
    return t.machine.run(`sudo dd if=/boot/flatcar/vmlinuz-a bs=1 skip=${skip} count=64 status=none`);
  }
  const text = await t.machine.read(`/boot${path ?? ''}`);
  return /\b[0-9a-f]{64}\b/.exec(text)?.[0] ?? t.fail(`no root hash in /boot${path}`);
};

const statusOf = async (t: CheckContext): Promise<VerityStatus> => {
  const text = await t.machine.run('sudo veritysetup status usr');
  return parseVerityStatus(text) ?? t.fail(`veritysetup does not describe an active volume: ${text}`);
};

const verify: Subtest = {
  name: 'verify',
  description: 'the root hash that the boot loader uses is that of /usr',
  run: async t => {
    const hash = await rootHash(t);
    t.match('root-hash', hash, /^[0-9a-f]{64}$/);
    const status = await statusOf(t);
    const { dataDevice, hashDevice } = status;
    t.equal('volume-verified', status.verified, true, 'status of the volume is verified');
    const hashOffset = status.treeOffset - status.hashBlock;
    t.equal(
      'superblock',
      await t.machine.run(`sudo dd if=${hashDevice} bs=1 skip=${hashOffset} count=6 status=none`),
      'verity',
      `text at byte ${hashOffset} of ${hashDevice}`,
    );
    const { code, stdout, stderr } = await t.machine.try(
      `sudo veritysetup verify ${dataDevice} ${hashDevice} ${hash} --hash-offset=${hashOffset}`,
      { timeout: minutes(8) },
    );
    t.equal('verified', code, 0, `veritysetup verify (${(stderr || stdout).trim()})`);
  },
};

const panicked =
  /Kernel panic - not syncing|dm-verity device corrupted|verity: \d+:\d+: (?:data|metadata) block \d+ is corrupted/;

/** Everything below /usr, past what is cached. */
const readUsr =
  "sudo sh -c 'sync; echo 3 >/proc/sys/vm/drop_caches; cat /usr/lib/os-release; ls -lR /usr; find /usr -type f -exec cat {} +' >/dev/null";

/** How a command ended on a machine that may go away in the middle of it: no exit status is the wanted answer. */
const endOf = async (command: Promise<CommandResult>): Promise<'died' | 'survived'> => {
  try {
    return (await command).code === null ? 'died' : 'survived';
  } catch (error) {
    if (error instanceof KolaError && error.kind !== 'harness') return 'died';
    throw error;
  }
};

/** Whether the machine stops when it reads /usr: the connection goes, or the console says so first. */
const diesReading = async (t: CheckContext): Promise<boolean> => {
  let end: 'died' | 'survived' | undefined;
  let trouble: unknown;
  const reading = endOf(t.machine.try(readUsr, { timeout: minutes(3) })).then(
    how => {
      end = how;
    },
    (error: unknown) => {
      trouble = error;
    },
  );
  return t.eventually(
    'the machine to stop or to have read all of /usr',
    async () => {
      if (panicked.test(t.machine.console())) return true;
      if (end === undefined && trouble === undefined) return undefined;
      await reading;
      if (trouble !== undefined) throw trouble;
      return end === 'died';
    },
    { until: minutes(4) },
  );
};

const corruption: Subtest = {
  name: 'corruption',
  description: 'a machine whose /usr was changed on the disk stops instead of running what it reads',
  run: async t => {
    const status = (await t.machine.run('sudo dmsetup --target verity status usr')).split(/\s+/);
    t.equal('fields', status.length, 4, 'fields of dmsetup status');
    t.equal('clean-before', status[3], 'V', 'state of the verity volume');
    const { dataDevice } = await statusOf(t);
    await t.machine.run(
      `sudo dd if=/dev/zero of=${dataDevice} bs=1M count=100 conv=fsync,notrunc status=none`,
      {
        timeout: minutes(3),
      },
    );
    t.ok('stops', await diesReading(t), 'the machine went on reading /usr after it was overwritten');
  },
};

export default scenario({
  name: 'cl.verity',
  description: '/usr is what the root hash says, and a changed /usr stops the machine',
  tags: ['storage', 'security'],
  platforms: localAndAzure,
  versions: { from: '2943.0.0' },
  needs: { capabilities: ['verity'] },
  allow: {
    rules: ['kernel-panic', 'verity-corruption', 'disk-io-error', 'emergency-shell'],
    failedUnits: true,
  },
  timeout: minutes(15),
  sabotage: {
    kind: 'guest',
    fault: 'the last sector of /usr is overwritten on the disk',
    commands: [
      'device=$(sudo veritysetup status usr | awk \'/data device:/ { print $3 }\'); sectors=$(sudo blockdev --getsz /dev/mapper/usr); head -c 512 /dev/urandom | sudo dd of="$device" bs=512 seek=$((sectors - 1)) conv=notrunc,fsync status=none',
    ],
    fails: { check: 'verify/verified' },
  },
  // The second one destroys the machine.
  subtests: [verify, corruption],
});
