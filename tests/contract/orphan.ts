import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { platform } from '../../platforms/qemu/index.ts';
import { systemClock } from '../../src/core/clock.ts';
import { brandId } from '../../src/core/ids.ts';
import { bootSectorImage } from './boot-sector.ts';

/** Boots a machine in the folder given, prints the ids of its processes, and waits to be killed. */
const root = process.argv[2] ?? '';
const { signal } = new AbortController();
const pids: number[] = [];
const flight = await platform.open({
  run: brandId('orphan'),
  arch: 'amd64',
  image: bootSectorImage(root),
  options: { qemuAccel: 'tcg' },
  ledger: {
    own: async (intent, create) => {
      const { id, value } = await create();
      if (intent.kind === 'process') pids.push(Number(id));
      return { entry: intent.name, value };
    },
    release: async () => {},
    open: () => [],
  },
  clock: systemClock,
  signal,
  stateDir: join(root, 'state'),
  log: () => {},
});
await flight.prepareImage(signal);
const evidenceDir = join(root, 'evidence');
mkdirSync(evidenceDir);
await flight.provision(
  {
    id: brandId('kola-orphan'),
    role: 'machine',
    cluster: { id: 'c', index: 0 },
    size: { memoryMiB: 128, vcpus: 1 },
    primaryDiskExtraMiB: 0,
    disks: [],
    tpm: true,
    userData: { channel: 'none', form: '', text: '', redacted: '', ownDigest: '' },
    evidenceDir,
  },
  signal,
);
process.stdout.write(`${JSON.stringify(pids)}\n`);
