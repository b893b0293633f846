import { describe, expect, it } from 'vitest';
import { reproCommand, whereToLook } from '../../../reports/evidence.ts';
import { foldRun } from '../../../reports/fold-run.ts';
import { reportFormats } from '../../../reports/index.ts';
import { failureGroups, verdictTone } from '../../../reports/verdict.ts';
import { EventLog, flatcarTarget } from '../../support/events.ts';
import { interruptedRun, mixedRun, passedRun, twoTargetRun } from '../../support/runs.ts';

describe('reportFormats', () => {
  it.each(reportFormats.map(entry => [entry.name, entry] as const))(
    '%s is what it says',
    async (_name, entry) => {
      const { create, ...meta } = await entry.load();
      expect(meta).toEqual({ name: entry.name, file: entry.file, summary: entry.summary });
      const reporter = create({ readFile: () => undefined });
      for (const event of mixedRun()) reporter.event?.(event);
      expect(reporter.finish?.()).toContain('cl.disk.raid1.data');
    },
  );

  it('has the files of the run folder', () => {
    expect(reportFormats.map(entry => entry.file).sort()).toEqual([
      'index.html',
      'junit.xml',
      'report.json',
      'summary.md',
      'test.tap',
    ]);
  });
});

describe('failureGroups', () => {
  it('joins results of one cause and puts the product before infrastructure', () => {
    expect(failureGroups(foldRun(twoTargetRun())).map(group => group.results.length)).toEqual([2]);
    expect(failureGroups(foldRun(mixedRun())).map(group => group.kind)).toEqual([
      'product',
      'product',
      'product',
      'blocked',
      'capacity',
    ]);
    expect(failureGroups(foldRun(passedRun()))).toEqual([]);
  });
});

describe('verdictTone', () => {
  it('is good only for a run that ended with nothing open', () => {
    expect(verdictTone(foldRun(passedRun()))).toBe('good');
    expect(verdictTone(foldRun(passedRun().slice(0, -1)))).toBe('bad');
    expect(verdictTone(foldRun(interruptedRun()))).toBe('bad');
    expect(verdictTone(foldRun([]))).toBe('bad');
    const flaky = { name: 'f', outcome: 'flaky' as const, attempts: [{ outcome: 'passed' as const }] };
    expect(verdictTone(foldRun(new EventLog([flaky]).write()))).toBe('doubtful');
  });
});

describe('where to look and how to repeat', () => {
  const results = foldRun(mixedRun()).results;

  it('points at the decisive line, else at the folder of the first machine', () => {
    expect(whereToLook(results[2]!)).toBe('qemu/amd64/cl.disk.raid1.data/1/a3m1/console.txt:214');
    expect(whereToLook(results[1]!)).toBe('qemu/amd64/cl.filesystem/1/a2m1');
    expect(whereToLook(results[7]!)).toBeUndefined();
  });

  it('repeats on the same platform, architecture and image', () => {
    const [reference, , flatcar] = foldRun(twoTargetRun()).results;
    expect(reproCommand(reference!, { command: [] })).toBe(
      'kola run --platform=qemu --image=reference cl.basic',
    );
    expect(reproCommand(flatcar!, { command: [] })).toBe(
      `kola run --platform=aws --board=arm64-usr --channel=beta --image-version=${flatcar!.subject.image.version} cl.basic`,
    );
    expect(
      reproCommand(reference!, { command: ['kola', 'run', '-E', 'my tests', '--scenario-dir=more'] }),
    ).toBe("kola run --platform=qemu --image=reference --scenario-dir=more --exttest='my tests' cl.basic");
    const custom = { ...flatcarTarget, image: { ...flatcarTarget.image, kind: 'custom' as const } };
    const [result] = foldRun(
      new EventLog([{ name: 'a', attempts: [{ outcome: 'passed' }] }], { targets: [custom] }).write(),
    ).results;
    expect(reproCommand(result!, { command: ['kola', 'run', '--qemu-image', "it's.img"] })).toBe(
      `kola run --platform=aws --board=arm64-usr --image='it'\\''s.img' a`,
    );
  });
});
