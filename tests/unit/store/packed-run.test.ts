import { expect, it } from 'vitest';
import { foldLog } from '../../../src/store/import/fold.ts';
import { packRun, unpackRun } from '../../../src/store/import/packed-run.ts';
import { readEventLog } from '../../../src/store/import/read-log.ts';
import { asNdjson, scriptedEvents } from '../../support/event-log.ts';

it('a run is the same on the other side of a thread, with the hash of its beginning', () => {
  const bytes = asNdjson(
    scriptedEvents({
      results: [
        { scenario: 'cl.basic', subtests: ['PortSSH'] },
        { scenario: 'cl.etcd', outcome: 'failed', message: 'nul \u0000 ✗', rule: 'kernel-panic' },
      ],
      unselected: ['cl.tpm'],
    }),
  );
  const { contentHash, ...rows } = foldLog(readEventLog('log', bytes), 'here', { embargoed: true });
  const restored = unpackRun(structuredClone(packRun({ contentHash, ...rows })));
  expect(restored).toMatchObject({ ...rows, log: new Uint8Array(bytes) });
  expect(restored.machines).toHaveLength(2);
  expect(restored.contentHash()).toBe(contentHash());
  expect(restored.contentHash(5)).toBe(contentHash(5));
  expect(restored.contentHash(5)).not.toBe(contentHash());
});
