import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findExternalTests } from '../../../../src/machine/exttest/find.ts';
import { headerOf, parseMetadata } from '../../../../src/machine/exttest/metadata.ts';
import { parseState, runExternalTest } from '../../../../src/machine/exttest/run.ts';
import { fakeContext } from '../../../support/fake-context.ts';
import { fakeMachine } from '../../../support/fake-machine.ts';

let project: string;
beforeEach(() => {
  project = join(mkdtempSync(join(tmpdir(), 'kola-ext-')), 'thing');
  mkdirSync(project);
});
afterEach(() => rmSync(dirname(project), { recursive: true }));

const put = (path: string, text: string, mode = 0o755): void => {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
  chmodSync(join(project, path), mode);
};
const find = (...tags: string[]) => findExternalTests(project, { tags });

describe('metadata', () => {
  test('is a YAML comment, with comments of its own, or one line of JSON', () => {
    const yaml = `#!/bin/bash
set -xeuo pipefail
## kola:
##   architectures: "!aarch64"
##   platforms: qemu azure  # more to come
##   tags: [needs-internet, slow]
##   timeoutMin: 8
##   minMemory: 4096
##   additionalDisks: [5G, 100M]
echo hello
`;
    expect(parseMetadata('t', headerOf('t', yaml))).toMatchObject({
      arches: ['amd64'],
      platforms: { only: ['qemu', 'azure'] },
      tags: ['needs-internet', 'slow'],
      timeoutMinutes: 8,
      memoryMiB: 4096,
      disksMiB: [5120, 100],
      unsupported: [],
    });
    const json = '#!/bin/sh\n# kola: { "architectures": "x86_64", "platforms": "!aws gcp" }\n';
    expect(parseMetadata('t', headerOf('t', json))).toMatchObject({
      arches: ['amd64'],
      platforms: { except: ['aws', 'gcp'] },
    });
    expect(headerOf('t', '#!/bin/sh\necho kola:\n')).toEqual({});
  });

  test.each([
    ['## kola:\n##   platform: qemu', /t: unknown key platform/],
    ['## kola:\n##   timeoutMin: soon', /t: timeoutMin: /],
    ['## kola:\n##   additionalDisks: [5]', /additionalDisks\.0/],
    ['## kola:\n##   tags: [a', /t: /],
    ['# kola: []', /expected keys with values/],
  ])('%j is refused', (text, message) => {
    expect(() => parseMetadata('t', headerOf('t', text))).toThrow(message);
  });

  test('that asks for what kola does not do is remembered', () => {
    expect(parseMetadata('t', { appendKernelArgs: 'enforcing=0' }).unsupported).toEqual(['appendKernelArgs']);
  });
});

describe('a project', () => {
  test('has a scenario for each executable below tests/kola; data and plain files are none', () => {
    put('tests/kola/basic/noop', '#!/bin/sh\n');
    put('tests/kola/basic/README', 'read me', 0o644);
    put('tests/kola/files/test.sh', '#!/bin/sh\n');
    put('tests/kola/files/data/helper', '#!/bin/sh\n');
    put('other/tool', '#!/bin/sh\n');
    expect(find().map(({ name }) => name)).toEqual(['ext.thing.basic.noop', 'ext.thing.files']);
  });

  test('says where its tests run, and what they need', () => {
    put('a', '#!/bin/sh\n## kola:\n##   minDisk: 15\n##   description: A test of things\n');
    put('kola.json', '{ "tags": "needs-internet skip-base-checks", "description": "all of them" }', 0o644);
    const [one] = find();
    expect(one).toMatchObject({
      name: 'ext.thing.a',
      description: 'A test of things',
      tags: ['external', 'needs-internet', 'skip-base-checks'],
      needs: { external: ['internet'], primaryDiskExtraMiB: 15 * 1024, machines: 1 },
      allow: { failedUnits: true },
      timeout: 600_000,
    });
  });

  test('may bring a config, as Butane or Ignition', () => {
    put('a', '#!/bin/sh\n');
    put(
      'config.bu',
      'variant: flatcar\nversion: 1.0.0\nstorage: { files: [{ path: /x, contents: { inline: y } }] }',
      0o644,
    );
    expect(find()[0]?.userData).toMatchObject({ kind: 'ignition', about: '3.3' });
  });

  test.each([
    [
      'a config of another system',
      { 'config.bu': 'variant: fcos\nversion: 1.4.0\n' },
      '',
      /blocked: config\.bu: .*expected flatcar, found fcos/,
    ],
    [
      'what kola does not do',
      {},
      '##   additionalNics: 2',
      /blocked: .*additionalNics, which kola does not do/,
    ],
    ['another distribution', {}, '##   distros: fcos rhcos', /skipped: only for fcos, rhcos/],
    [
      'a tag that was not asked for',
      {},
      '##   requiredTag: special',
      /skipped: runs only with --tag special/,
    ],
  ])('with %s boots no machine and says why', async (_, files, header, message) => {
    put('a', `#!/bin/sh\n## kola:\n##   description: x\n${header}\n`);
    for (const [name, text] of Object.entries(files)) put(name, text, 0o644);
    const [one] = find();
    expect(one?.machines).toEqual([]);
    const said = await one?.run?.(fakeContext({ machines: [] })).then(
      () => 'passed',
      (error: Error & { code: string }) => `${error.code}: ${error.message}`,
    );
    expect(said).toMatch(message);
    if (header.includes('requiredTag')) expect(find('special')[0]?.machines).toHaveLength(1);
  });

  test('without tests, or that is not there, is a mistake of the caller', () => {
    put('plain', 'text', 0o644);
    expect(() => find()).toThrow(/no executable is in it/);
    expect(() => findExternalTests(`${project}/none`, { tags: [] })).toThrow(/there is no such folder/);
  });
});

describe('a run', () => {
  /** A guest that answers each look at the state with the next of these. */
  const play = async (states: readonly string[], output = 'said this\n') => {
    const queue = [...states];
    const machine = fakeMachine([
      [/systemctl is-failed/, () => queue.shift() ?? 'active'],
      [/journalctl/, output],
      [/^sudo /, ''],
    ]);
    const context = fakeContext({ machines: [machine] });
    const path = join(project, 'test');
    put('test', '#!/bin/sh\n');
    put('data/sub/file', 'x', 0o600);
    symlinkSync('sub/file', join(project, 'data/link'));
    const error = await runExternalTest(context, { name: 'ext.a', path, data: join(project, 'data') }).then(
      () => undefined,
      (thrown: Error) => thrown.message,
    );
    const unit = await machine.read('/run/systemd/system/kola-runext.service');
    return { error, machine, unit, held: context.held };
  };

  test('pushes test and data, and waits for its exit', async () => {
    const { error, machine, unit, held } = await play(['activating', 'exit 0']);
    expect(error).toBeUndefined();
    expect(held).toEqual(['exit-status']);
    expect(await machine.read('/var/lib/kola-ext/test')).toBe('#!/bin/sh\n');
    expect(await machine.read('/var/lib/kola-ext/data/sub/file')).toBe('x');
    expect(machine.commands.join('\n')).toContain("ln -sfn 'sub/file' '/var/lib/kola-ext/data/link'");
    expect(unit).toContain('Environment="KOLA_EXT_DATA=/var/lib/kola-ext/data"');
    expect(unit).not.toContain('REBOOT_MARK');
  });

  test('reboots for a mark, and hands it to the next round', async () => {
    const { error, machine, unit } = await play(['mark one', 'mark two', 'exit 0']);
    expect(error).toBeUndefined();
    expect(machine.commands.filter(command => command === '(reboot)')).toHaveLength(2);
    expect(unit).toContain('Environment="AUTOPKGTEST_REBOOT_MARK=two"');
  });

  test('lets a test that was told to prepare reboot by itself', async () => {
    const { error, machine } = await play(['prepared later', 'exit 0']);
    expect(error).toBeUndefined();
    expect(machine.commands).not.toContain('(reboot)');
    expect(machine.commands).toContain('sudo touch /run/kola-ext/known');
  });

  test.each([
    ['exit 1', /exit-status: .*the test exited 1: said this/],
    ['failed', /exit-status: .*the test was killed: said this/],
    ['exit 77', /^exit 77: said this$/],
  ])('that ends with %s', async (state, message) => {
    expect((await play([state])).error).toMatch(message);
  });

  test('does not reboot for ever', async () => {
    const { error } = await play(Array.from({ length: 30 }, (_, index) => `mark m${index}`));
    expect(error).toMatch(/more than 20 reboots/);
  });

  test.each([
    ['', undefined],
    ['active', undefined],
    ['exit 3', { kind: 'exit', code: 3 }],
    ['mark a b', { kind: 'reboot', mark: 'a b', itself: false }],
  ])('reads the state %j', (text, end) => {
    expect(parseState(text)).toEqual(end);
  });
});
