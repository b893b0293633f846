import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldRun } from '../../../reports/fold-run.ts';
import { renderJunit } from '../../../reports/junit.ts';
import { printable } from '../../../reports/printable.ts';
import { anyText } from '../../support/any-text.ts';
import { EventLog, failureOf } from '../../support/events.ts';
import { copiesRun, hostileRun, interruptedRun, mixedRun, twoTargetRun } from '../../support/runs.ts';
import { findAll, parseXml } from '../../support/xml.ts';

describe('renderJunit', () => {
  it.each(Object.entries({ mixed: mixedRun, interrupted: interruptedRun, 'two-targets': twoTargetRun }))(
    'writes a %s run',
    async (name, make) => {
      const xml = renderJunit(foldRun(make()));
      expect(parseXml(xml).name).toBe('testsuites');
      await expect(xml).toMatchFileSnapshot(`golden/${name}.xml`);
    },
  );

  it('has a suite per target with digest, kind, run, seed and notice', () => {
    const suites = findAll(parseXml(renderJunit(foldRun(twoTargetRun()))), 'testsuite');
    expect(suites.map(suite => suite.attributes.name)).toEqual(['qemu/amd64/reference', 'aws/arm64/beta']);
    const properties = Object.fromEntries(
      findAll(suites[0]!, 'property').map(({ attributes }) => [attributes.name, attributes.value]),
    );
    expect(properties).toMatchObject({
      'image.digest': `sha256:${'ab'.repeat(32)}`,
      'image.kind': 'reference',
      run: 'rabc2345',
      seed: '42',
    });
    expect(properties.notice).toContain('not Flatcar');
  });

  it('tells failures, errors, skips, reruns and flakes apart', () => {
    const root = parseXml(renderJunit(foldRun(mixedRun())));
    const kinds = Object.fromEntries(
      findAll(root, 'testcase').map(({ attributes, children }) => [
        attributes.name,
        children.map(child => child.name).filter(child => child !== 'system-out'),
      ]),
    );
    expect(kinds).toEqual({
      'cl.basic': [],
      'cl.filesystem': ['failure'],
      'cl.disk.raid1.data': ['failure', 'rerunFailure'],
      'docker.base': ['flakyError'],
      'cl.tpm': ['skipped'],
      'cl.internet': ['error'],
      'coreos.ignition.once': ['failure'],
      'kubeadm.base': ['error'],
    });
    expect(root.attributes).toMatchObject({ tests: '8', failures: '3', errors: '2', skipped: '1' });
    expect(findAll(root, 'skipped')[0]?.attributes.message).toBe('the machine has no TPM | none at all');
    expect(findAll(root, 'testcase')[2]?.attributes.time).toBe('54');
  });

  it('names the copies of --multiply', () => {
    const cases = findAll(parseXml(renderJunit(foldRun(copiesRun()))), 'testcase');
    expect(cases.map(one => one.attributes.name)).toEqual(['cl.basic', 'cl.basic#2', 'cl.basic#3']);
  });

  it('is well-formed whatever the messages hold', () => {
    const root = parseXml(renderJunit(foldRun(hostileRun())));
    expect(findAll(root, 'testcase')).toHaveLength(3);
    expect(findAll(root, 'failure')[0]?.text).toContain(']]> &amp; ]]>]]> <![CDATA[ <!-- -->');
    expect(findAll(root, 'script')).toEqual([]);
  });

  it('gives any message back but for control characters', () => {
    fc.assert(
      fc.property(anyText, message => {
        const events = new EventLog([
          { name: 'a', attempts: [{ outcome: 'failed', failure: failureOf('product', `x${message}x`) }] },
        ]).write();
        const root = parseXml(renderJunit(foldRun(events)));
        const forbidden = /[\ufdd0\ufffe\uffff]/g;
        // Blanks at the end go: nobody sees them, and readers of XML may drop them.
        const kept = printable(`x${message}x`).replace(forbidden, '').trimEnd();
        expect(findAll(root, 'failure')[0]?.text.trimEnd()).toBe(kept);
      }),
    );
  });

  it('caps what it repeats of logs', () => {
    const line = 'systemd[1]: a line of a very long log\n';
    const failure = failureOf('product', 'broken', {
      evidence: [{ source: 'journal', text: line.repeat(100_000) }],
    });
    const xml = renderJunit(
      foldRun(new EventLog([{ name: 'a', attempts: [{ outcome: 'failed', failure }] }]).write()),
    );
    expect(xml.length).toBeLessThan(40_000);
    expect(xml).toContain('… (shortened)');
  });
});
