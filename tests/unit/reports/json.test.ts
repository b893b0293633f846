import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { foldRun } from '../../../reports/fold-run.ts';
import { renderJson } from '../../../reports/json.ts';
import { type Report, reportSchema, reportSchemaVersion } from '../../../reports/report-schema.ts';
import { reportJsonSchema, schemaFile } from '../../../reports/schema/generate.ts';
import type { RunEvent } from '../../../src/core/event.ts';
import {
  copiesRun,
  hostileRun,
  interruptedRun,
  mixedRun,
  passedRun,
  twoTargetRun,
} from '../../support/runs.ts';

const runs = { passedRun, mixedRun, interruptedRun, twoTargetRun, copiesRun, hostileRun, empty: () => [] };

const read = (events: readonly RunEvent[]): Report =>
  reportSchema.parse(JSON.parse(renderJson(foldRun(events))));

describe('renderJson', () => {
  it.each(Object.entries(runs))('%s holds to its schema', (_name, make) => {
    const parsed = reportSchema.safeParse(JSON.parse(renderJson(foldRun(make()))));
    expect(parsed.error).toBeUndefined();
    expect(parsed.data?.schemaVersion).toBe(reportSchemaVersion);
  });

  it('holds to its schema wherever the log stops', () => {
    const events = mixedRun();
    for (let length = 0; length < events.length; length += 7)
      expect(
        reportSchema.safeParse(JSON.parse(renderJson(foldRun(events.slice(0, length))))).error,
      ).toBeUndefined();
  });

  it('has the fields of the Go kola', () => {
    const report = read(passedRun());
    expect(report).toMatchObject({ result: 'PASS', platform: 'qemu', version: '4459.0.0+reference' });
    expect(report.tests).toEqual([
      { name: 'cl.basic/UseradduserBasics', result: 'PASS', duration: 100_000_000, output: '' },
      { name: 'cl.basic/ServicesActive', result: 'PASS', duration: 100_000_000, output: '' },
      { name: 'cl.basic', result: 'PASS', duration: 27_000_000_000, output: '' },
      { name: 'linux.nfs.v4', result: 'PASS', duration: 27_000_000_000, output: '' },
    ]);
  });

  it('calls only what passed a pass', () => {
    const results = read(mixedRun()).tests.filter(test => !test.name.includes('/'));
    expect(Object.fromEntries(results.map(test => [test.name, test.result]))).toEqual({
      'cl.basic': 'PASS',
      'cl.filesystem': 'FAIL',
      'cl.disk.raid1.data': 'FAIL',
      'docker.base': 'PASS',
      'cl.tpm': 'SKIP',
      'cl.internet': 'FAIL',
      'coreos.ignition.once': 'FAIL',
      'kubeadm.base': 'FAIL',
    });
    expect(read(mixedRun()).result).toBe('FAIL');
    expect(read(interruptedRun()).result).toBe('FAIL');
    // Nothing failed yet, but the run has no end.
    expect(read(passedRun().slice(0, -1)).result).toBe('FAIL');
  });

  it('names targets where there are several, and groups what shares a cause', () => {
    const report = read(twoTargetRun());
    expect(report.platform).toBe('qemu,aws');
    expect(report.tests[0]?.name).toBe('qemu/amd64/reference:cl.basic');
    expect(report.failures).toEqual([
      expect.objectContaining({
        kind: 'product',
        results: ['qemu/amd64/reference:cl.verity', 'aws/arm64/beta:cl.verity'],
      }),
    ]);
  });

  it('keeps attempts with machines, checks and artifacts', () => {
    const raid = read(mixedRun()).results.find(result => result.scenario === 'cl.disk.raid1.data');
    expect(raid?.attempts).toHaveLength(2);
    expect(raid?.attempts[0]).toMatchObject({
      id: 'a3',
      failure: { code: 'console-kernel-panic' },
      checks: [{ id: 'it-works', held: true, took: 40 }],
      machines: [{ role: 'machine', startedAt: '2026-11-20T18:00:27.500Z' }],
      artifacts: [
        'qemu/amd64/cl.disk.raid1.data/1/a3m1/console.txt',
        'qemu/amd64/cl.disk.raid1.data/1/a3m1/journal.txt',
      ],
    });
  });
});

describe('the published schema', () => {
  it('is the one that the code has: npx node reports/schema/generate.ts', () => {
    // The formatter may have its own mind on line breaks in the file.
    expect(JSON.parse(readFileSync(schemaFile, 'utf8'))).toEqual(JSON.parse(reportJsonSchema()));
  });
});
