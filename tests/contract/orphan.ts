import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { platform } from '../../platforms/qemu/index.ts';
import { systemClock } from '../../src/core/clock.ts';
import { brandId } from '../../src/core/ids.ts';
import type { OwnedResource } from '../../src/core/ledger.ts';
import { bootSectorImage } from './boot-sector.ts';

/** Boots a machine in the folder given, prints what it owns, and waits to be killed. */
const root = process.argv[2] ?? '';
const { signal } = new AbortController();
const resources: OwnedResource[] = [];
const flight = await platform.open({
  run: brandId('orphan'),
  arch: 'amd64',
  image: bootSectorImage(root),
  options: { qemuAccel: 'tcg' },
  ledger: {
    own: async (intent, create) => {
      const { id, value, detail = {} } = await create();
      resources.push({ ...intent, run: brandId('orphan'), platform: 'qemu', entry: intent.name, id, detail });
      return { entry: intent.name, value };
    },
    release: async () => {},
    open: () => [],
  },
  clock: systemClock,
  signal,
  stateDir: join(root, 'state'),
  log: () => {},
  keep: process.argv[3] === 'keep',
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
process.stdout.write(`${JSON.stringify(resources)}\n`);
