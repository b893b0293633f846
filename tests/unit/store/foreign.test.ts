import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldForeign } from '../../../src/store/import/foreign.ts';
import { readGoKolaReport } from '../../../src/store/import/go-kola-report.ts';
import { readJunit } from '../../../src/store/import/junit.ts';
import { readTap, unquoteGo } from '../../../src/store/import/tap.ts';
import { readXml } from '../../../src/store/import/xml.ts';

const outcomes = (report: { cases: readonly { name: string; outcome: unknown }[] }) =>
  Object.fromEntries(report.cases.map(one => [one.name, one.outcome]));

describe('report.json of Go kola', () => {
  const report = (tests: unknown) =>
    readGoKolaReport('report.json', JSON.stringify({ tests, platform: 'do', version: '4459.2.1' }));
  it('puts sub-tests under their parent and turns nanoseconds into milliseconds', () => {
    const { cases } = report([
      { name: 'cl.basic/PortSSH', result: 'PASS', duration: 5e6, output: '' },
      {
        name: 'cl.basic/Useradd',
        result: 'FAIL',
        duration: 7e6,
        output: '    x.go:12: useradd: exit status 1',
      },
      {
        name: 'cl.basic',
        result: 'FAIL',
        duration: 9e9,
        output: '--- FAIL: x\n  local.go:3: kolet: Process exited with status 1\n',
      },
    ]);
    expect(cases).toHaveLength(1);
    expect(cases[0]).toMatchObject({
      outcome: 'failed',
      took: 9000,
      cause: 'product',
      message: 'kolet: Process exited with status 1',
    });
    expect(cases[0]?.subtests).toEqual([
      { name: 'PortSSH', outcome: 'passed', took: 5 },
      { name: 'Useradd', outcome: 'failed', took: 7, message: 'useradd: exit status 1' },
    ]);
  });
  it('reads a later success as flaky, never as passed', () => {
    const round = (result: string) => ({ name: 'a', result, duration: 1, output: 'boom failed' });
    expect(report([round('FAIL'), round('PASS')]).cases[0]).toMatchObject({ outcome: 'flaky', attempts: 2 });
    expect(report([round('PASS'), round('FAIL')]).cases[0]).toMatchObject({ outcome: 'flaky', attempts: 2 });
    expect(report([round('SKIP')]).cases[0]).toMatchObject({ outcome: 'skipped', attempts: 1 });
  });
  it('takes a sub-test without its parent as a test that never ended', () => {
    const read = report([{ name: 'a/b', result: 'PASS', duration: 1, output: '' }]);
    expect(read).toMatchObject({
      complete: false,
      warnings: ['report.json: sub-tests of a are there, its own result is not'],
    });
    const folded = foldForeign(read, Buffer.from('x'), 'x', {
      platform: 'qemu',
      arch: 'amd64',
      channel: 'stable',
      version: '1',
      at: 1,
    });
    expect(folded.targets[0]).toMatchObject({ planned: 1, decided: 0, digest: 'unknown' });
  });
  it('reads a quota as capacity, not as a broken image', () => {
    const output = 'x.go:1: error: creating instance: InsufficientInstanceCapacity';
    expect(report([{ name: 'a', result: 'FAIL', duration: 1, output }]).cases[0]?.cause).toBe('capacity');
  });
  it('gives tests of further machine types a variant', () => {
    const read = report([
      { name: 'cl.internet', result: 'PASS', duration: 1, output: '' },
      { name: 'extra-test.[m4.2xlarge].cl.internet', result: 'FAIL', duration: 1, output: '' },
    ]);
    expect(read.cases.map(one => [one.name, one.variant, one.outcome])).toEqual([
      ['cl.internet', '', 'passed'],
      ['cl.internet', 'm4.2xlarge', 'failed'],
    ]);
  });
  it('names what is wrong', () => {
    expect(() => readGoKolaReport('r.json', '{"tests":[{"name":"a","result":"OK"}]}')).toThrow(
      /r\.json: not a report\.json of Go kola: tests\.0\.result/,
    );
    expect(() => readGoKolaReport('r.json', '{')).toThrow(/r\.json: not valid JSON/);
  });
  it('keeps every test and never calls a failure passed', () => {
    const entry = fc.record({
      name: fc
        .string({ minLength: 1, maxLength: 8 })
        .filter(name => !name.includes('/') && !name.startsWith('extra-test')),
      result: fc.constantFrom('PASS', 'FAIL', 'SKIP'),
      duration: fc.nat(),
      output: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(entry), tests => {
        const read = report(tests);
        expect(new Set(read.cases.map(one => one.name))).toEqual(new Set(tests.map(test => test.name)));
        for (const test of tests.filter(one => one.result === 'FAIL')) {
          expect(['failed', 'flaky']).toContain(outcomes(read)[test.name]);
        }
      }),
    );
  });
});

describe('TAP', () => {
  it('reads what Go kola writes, with SKIP as a skip and no part of the name', () => {
    const read = readTap(
      't',
      '1..3\nok - cl.basic\nok - cl.etcd # SKIP\nnot ok - cl.tang\n  Error: "a\\n--- FAIL: x\\n  cluster.go:1: it failed: \\x41\\u00e9"\n',
    );
    expect(outcomes(read)).toEqual({ 'cl.basic': 'passed', 'cl.etcd': 'skipped', 'cl.tang': 'failed' });
    expect(read.cases[2]).toMatchObject({ message: 'it failed: Aé' });
    expect(read).toMatchObject({ complete: true, planned: 3 });
  });
  it('reads what others write', () => {
    const read = readTap(
      't',
      'TAP version 14\n1..4\nok 1 - a # time=3ms\nnot ok 2 - b # TODO later\nok 3 # skip no tpm\n    ok 1 - sub\nnot ok 4 - d\n  ---\n  message: nope\n  ...\n',
    );
    expect(outcomes(read)).toEqual({
      'a # time=3ms': 'passed',
      b: 'skipped',
      'test 3': 'skipped',
      d: 'failed',
    });
    expect(read.cases[2]).toMatchObject({ message: 'no tpm' });
    expect(read.cases[3]).toMatchObject({ message: 'message: nope' });
  });
  it('leaves out the title of merged reports', () => {
    const read = readTap('t', '1..2\nok - Version: 4459.2.1, Architecture: amd64\nok - cl.basic\n');
    expect(outcomes(read)).toEqual({ 'cl.basic': 'passed' });
    expect(read.complete).toBe(true);
  });
  it('says when tests of the plan are not there', () => {
    expect(readTap('t', '1..3\nok - a\n')).toMatchObject({
      complete: false,
      warnings: ['t: the plan says 3 tests, 1 are there'],
    });
    expect(readTap('t', '1..1\nok - a\nBail out! disk full\n')).toMatchObject({
      complete: false,
      warnings: ['t: bailed out: disk full'],
    });
    expect(() => readTap('t', 'hello\n')).toThrow(/t: no TAP in it/);
  });
  it('reads back whatever Go quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        expect(unquoteGo(JSON.stringify(text))).toBe(text);
      }),
    );
    expect(unquoteGo('"\\a\\v\\U0001f600\\x07"')).toBe('\u0007\u000b😀\u0007');
  });
  it('reads as many tests as were written, in any mixture', () => {
    const name = fc.stringMatching(/^[a-z][a-z.-]{0,9}$/);
    const line = fc.record({ ok: fc.boolean(), skip: fc.boolean(), name });
    fc.assert(
      fc.property(fc.uniqueArray(line, { selector: one => one.name, minLength: 1 }), lines => {
        const text = lines
          .map(one => `${one.ok ? 'ok' : 'not ok'} - ${one.name}${one.skip ? ' # SKIP' : ''}\n`)
          .join('');
        const read = readTap('t', `1..${lines.length}\n${text}`);
        expect(outcomes(read)).toEqual(
          Object.fromEntries(
            lines.map(one => [one.name, one.skip ? 'skipped' : one.ok ? 'passed' : 'failed']),
          ),
        );
      }),
    );
  });
});

describe('JUnit XML', () => {
  it('reads nested suites, failures, skips and retries', () => {
    const read = readJunit(
      'j.xml',
      `<?xml version="1.0"?><testsuites><testsuite><testsuite>
       <testcase name="a" time="1.5"/>
       <testcase name="b"><failure message="x &lt; y &amp; z">at line 1</failure></testcase>
       <testcase name="c"><skipped message="no tpm"/></testcase>
       <testcase name="d"><flakyFailure message="once"/></testcase>
       <testcase name="e"><error><![CDATA[<boom> failed]]></error></testcase>
       <testcase name="f"><failure message="once"/></testcase><testcase name="f"/>
       </testsuite></testsuite></testsuites>`,
    );
    expect(outcomes(read)).toEqual({
      a: 'passed',
      b: 'failed',
      c: 'skipped',
      d: 'flaky',
      e: 'failed',
      f: 'flaky',
    });
    expect(read.cases[0]?.took).toBe(1500);
    expect(read.cases[1]?.message).toBe('x < y & z');
    expect(read.cases[3]?.attempts).toBe(2);
    expect(read.cases[4]?.message).toBe('<boom> failed');
  });
  it.each([
    ['<a><b></a>', /x:1: <\/a> closes nothing/],
    ['<a>\n<b/>', /x:2: <a> is never closed/],
    [
      '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
      /x:1: document type declarations are not taken/,
    ],
    ['<a><b</a>', /x:1: a tag that does not end/],
    ['<a/><b/>', /exactly one root/],
  ])('refuses %s', (text, message) => {
    expect(() => readXml('x', text)).toThrow(message);
  });
  it('reads back any text and attribute', () => {
    const escaped = (text: string): string => text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`);
    fc.assert(
      fc.property(fc.string(), fc.string(), (attribute, text) => {
        const root = readXml('x', `<r a="${escaped(attribute)}"><c>${escaped(text)}</c></r>`);
        expect(root.attributes.get('a')).toBe(attribute);
        expect(root.children[0]?.text).toBe(text);
      }),
    );
  });
});
