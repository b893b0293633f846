import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ended, startKola } from '../cli/kola.ts';
import * as aws from '../support/clouds/aws/index.ts';
import { bucketName } from '../support/clouds/aws/s3.ts';
import type { Snapshot } from '../support/clouds/aws/state.ts';
import * as azure from '../support/clouds/azure/index.ts';
import type { Tap } from '../support/clouds/faults.ts';
import * as gce from '../support/clouds/gce/index.ts';
import type { Image } from '../support/clouds/gce/state.ts';
import { PlayedGuests } from '../support/clouds/played-guests.ts';
import { bootSectorImage } from './boot-sector.ts';

/** `kola image upload` that is killed and called again: the second process goes on where the first one was. */

const mib = 2 ** 20;

interface Case {
  readonly tap: Tap;
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  census(): readonly string[];
  /** The first bytes of the disk that the simulator made of what was uploaded. */
  arrived(bytes: number): Buffer;
}

interface Cloud {
  readonly platform: string;
  readonly way?: string;
  start(): Promise<Case>;
  /** The call that sends a piece, and the one that is made once, before the first. */
  readonly piece: string;
  readonly first: string;
  /** Pieces that the disk has. */
  readonly pieces: number;
  /**
   * Pieces that were answered when the process is killed. Where its journal alone tells of them, more than are sent at once:
   * it has then heard some of the answers. Not more than are answered for certain when the last piece is sent.
   */
  readonly killedAfter: number;
  /** MiB of it that are no zeroes. */
  readonly fullMib: number;
  /** What is in the account in the end. */
  readonly left: readonly RegExp[];
}

/** Of a file that may be much larger. */
const headOf = (file: string, bytes: number): Buffer => {
  const head = Buffer.alloc(bytes);
  const opened = openSync(file, 'r');
  try {
    readSync(opened, head, 0, bytes, 0);
  } finally {
    closeSync(opened);
  }
  return head;
};

const snapshotOf = (ec2: aws.SimulatedAws['ec2'], bytes: number): Buffer => {
  const [snapshot] = [...ec2.things.values()].filter(({ kind }) => kind === 'snapshot');
  return headOf((snapshot as Snapshot).file, bytes);
};

const clouds: readonly Cloud[] = [
  {
    platform: 'aws',
    piece: 'ebs PutSnapshotBlock',
    first: 'ebs StartSnapshot',
    pieces: 64,
    killedAfter: 21,
    fullMib: 32,
    left: [/^image /, /^snapshot /],
    start: async () => {
      const { url, tap, ec2, close } = await aws.startAws(new PlayedGuests());
      onTestFinished(close);
      return {
        ...{
          tap,
          arrived: bytes => snapshotOf(ec2, bytes),
          census: () => ec2.census(),
          env: aws.simulatedCredentials,
        },
        flags: [`--aws-endpoint=${url}`, '--aws-region=us-east-1'],
      };
    },
  },
  {
    platform: 'aws',
    way: 'on its way through a bucket',
    piece: 's3 UploadPart',
    first: 's3 CreateMultipartUpload',
    pieces: 9,
    killedAfter: 3,
    fullMib: 64,
    left: [/^image /, /^snapshot /],
    start: async () => {
      const { url, tap, ec2, s3, close } = await aws.startAws(new PlayedGuests());
      onTestFinished(close);
      return {
        ...{ tap, arrived: bytes => snapshotOf(ec2, bytes), env: aws.simulatedCredentials },
        census: () => [...ec2.census(), ...s3.objects.keys(), ...s3.unfinished],
        flags: [
          ...[`--aws-endpoint=${url}`, '--aws-region=us-east-1'],
          ...['--aws-import=s3', `--aws-bucket=${bucketName}`],
        ],
      };
    },
  },
  {
    platform: 'azure',
    piece: 'blob PutPage',
    first: 'compute disks.createOrUpdate',
    // The last one is the footer.
    pieces: 17,
    killedAfter: 9,
    fullMib: 64,
    left: [/^Microsoft.Compute\/disks /, /^Microsoft.Compute\/images /, /^group /],
    start: async () => {
      const { url, caFile, tap, arm, close } = await azure.startAzure(new PlayedGuests());
      onTestFinished(close);
      const arrived = (bytes: number): Buffer => {
        const disk = [...arm.resources.values()].find(({ type }) => type === 'Microsoft.Compute/disks');
        return headOf(disk?.file ?? '', bytes);
      };
      return {
        ...{ tap, arrived, census: () => arm.census(), env: azure.simulatedCredentials },
        flags: [`--azure-endpoint=${url}`, `--azure-ca-file=${caFile}`],
      };
    },
  },
  {
    platform: 'gce',
    piece: 'storage objects.upload',
    first: 'storage objects.insert',
    // With the end of the archive, and the question how far it got.
    pieces: 6,
    killedAfter: 2,
    fullMib: 64,
    left: [/^image /],
    start: async () => {
      const { url, tap, compute, close } = await gce.startGce(new PlayedGuests());
      onTestFinished(close);
      const arrived = (bytes: number): Buffer => headOf(compute.of<Image>('image').at(-1)?.file ?? '', bytes);
      return {
        ...{ tap, arrived, census: () => compute.census(), env: gce.simulatedCredentials },
        flags: [`--gce-endpoint=${url}`],
      };
    },
  },
];

/** An image of bytes that nothing can make smaller. */
const largeImage = (folder: string, fullMib: number): Buffer => {
  const image = bootSectorImage(folder);
  const disk = randomBytes(fullMib * mib);
  readFileSync(image.disk).subarray(0, 512).copy(disk);
  writeFileSync(image.disk, disk);
  truncateSync(image.disk, (fullMib + 64) * mib);
  return disk;
};

describe.each(clouds.map(cloud => ({ way: '', ...cloud })))(
  '$platform: an upload that was killed $way',
  cloud => {
    const begin = async () => {
      const folder = mkdtempSync(join(tmpdir(), 'kola-image-upload-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const disk = largeImage(folder, cloud.fullMib);
      const sim = await cloud.start();
      const before = sim.census();
      const args = ['image', 'upload', `--platform=${cloud.platform}`, ...sim.flags];
      const image = [
        `--image=${join(folder, 'boot-sector.img')}`,
        '--image-version=1.0.0',
        '--board=amd64-usr',
      ];
      const env = {
        ...sim.env,
        XDG_STATE_HOME: join(folder, 'state'),
        XDG_CACHE_HOME: join(folder, 'cache'),
      };
      const start = () => startKola([...args, ...image], { input: '', env });
      const counted = (action: string): number => sim.tap.calls.filter(call => call.action === action).length;
      const uploads = join(folder, 'state', 'kola', 'uploads');
      return { sim, disk, start, counted, uploads, before };
    };

    const killedInTheMiddle = async ({ sim, start, counted }: Awaited<ReturnType<typeof begin>>) => {
      const first = start();
      sim.tap.onCall = action => {
        if (action === cloud.piece && counted(action) >= cloud.killedAfter) first.kill('SIGKILL');
      };
      const how = await ended(first);
      sim.tap.onCall = () => {};
      expect(how.signal, how.stderr).toBe('SIGKILL');
    };

    it('goes on in another process with what had not arrived', async () => {
      const place = await begin();
      const { sim, disk, start, counted, uploads, before } = place;
      await killedInTheMiddle(place);
      const sent = counted(cloud.piece);
      const [folder = ''] = readdirSync(uploads).filter(name => !name.includes('lock'));
      const journal = join(uploads, folder, 'upload.ndjson');
      expect(statSync(journal).mode & 0o077).toBe(0);
      const second = await ended(start());
      expect(second.code, second.stderr).toBe(0);
      expect(second.stderr).toContain('Going on with an upload that was cut short');
      expect(counted(cloud.first)).toBe(1);
      const again = counted(cloud.piece) - sent;
      // Those that were on their way are sent again: nobody knows of them.
      expect(again).toBeGreaterThan(0);
      expect(again).toBeLessThan(cloud.pieces - 1);
      expect(sim.arrived(disk.length).equals(disk)).toBe(true);
      const left = sim.census().filter(one => !before.includes(one));
      expect(left).toHaveLength(cloud.left.length);
      for (const [index, pattern] of cloud.left.entries()) expect(left[index]).toMatch(pattern);
      expect(existsSync(join(uploads, folder))).toBe(false);
    });
  },
);
