import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { explainError } from '../../../src/cli/explain-error.ts';
import { stateRoot } from '../../../src/cli/kola-folders.ts';
import { redactArgv } from '../../../src/cli/redact-argv.ts';
import { compactTime, placeRun, shownPath } from '../../../src/cli/run-folder.ts';
import { sshCommandLine } from '../../../src/cli/ssh-shell.ts';
import { HarnessError, InterruptedError, ProductError, UsageError } from '../../../src/core/errors.ts';

const now = Date.parse('2026-11-20T18:45:12.345Z');

test('a run folder bears platform, time and run', () => {
  expect(compactTime(now)).toBe('20261120T184512Z');
  const place = placeRun({ asked: undefined, cwd: '/w', platforms: ['qemu'], now, token: 'abc' });
  expect(place).toEqual({
    outputDir: '/w/_kola_temp/qemu-20261120T184512Z-abc',
    latestLink: '/w/_kola_temp/qemu-latest',
  });
});

test('a folder that was asked for is the run folder itself, without a link', () => {
  expect(placeRun({ asked: 'out', cwd: '/w', platforms: ['qemu'], now, token: 'abc' })).toEqual({
    outputDir: '/w/out',
  });
});

test('paths are shown as one would type them', () => {
  expect(shownPath('/w/a/b', '/w')).toBe('a/b');
  expect(shownPath('/other', '/w')).toBe('/other');
  expect(shownPath('/w', '/w')).toBe('/w');
});

test.each([
  [
    ['--do-token', 'hunter2', 'cl.*'],
    ['--do-token', '<redacted>', 'cl.*'],
  ],
  [['--oraclecloud-private-key-passphrase=hunter2'], ['--oraclecloud-private-key-passphrase=<redacted>']],
  [
    ['--devcontainer-url', 'https://me:hunter2@host/x'],
    ['--devcontainer-url', 'https://<redacted>@host/x'],
  ],
  [['--scaleway-secret-key=hunter2'], ['--scaleway-secret-key=<redacted>']],
  [
    ['--key', 'id.pub', '--tag=token'],
    ['--key', 'id.pub', '--tag=token'],
  ],
])('the record of %j', (argv, expected) => {
  expect(redactArgv(argv)).toEqual(expected);
});

test('errors are what, then what to do; the kind decides the exit code', () => {
  const usage = new UsageError('x', 'first\nsecond', { hint: 'do this' });
  expect(explainError(usage, false)).toEqual({ lines: ['kola: first', '      do this'], code: 3 });
  expect(explainError(new HarnessError('x', 'full disk'), false)).toEqual({
    lines: ['kola: full disk'],
    code: 2,
  });
  expect(explainError(new ProductError('x', 'broken'), false).code).toBe(1);
});

test('a full disk is no bug of kola, wherever it is met', () => {
  let thrown: unknown;
  try {
    writeFileSync('/dev/full', 'x');
  } catch (error) {
    thrown = error;
  }
  expect(explainError(thrown, false)).toEqual({
    lines: ['kola: ENOSPC: no space left on device, write', expect.stringContaining('free some space')],
    code: 2,
  });
});

test('a bug says that it is one, without a stack trace', () => {
  const { lines, code } = explainError(new TypeError('x is undefined'), false);
  expect(lines).toEqual(['kola: unexpected error: x is undefined', expect.stringContaining('KOLA_DEBUG=1')]);
  expect(code).toBe(2);
  expect(explainError(new TypeError('x is undefined'), true).lines.join('\n')).toMatch(/\n\s+at /);
});

test('an aborted wait is an interruption', () => {
  const reason = new InterruptedError('the run was interrupted by SIGINT');
  const wrapped = Object.assign(new Error('The operation was aborted', { cause: reason }), {
    name: 'AbortError',
  });
  expect(explainError(wrapped, false)).toEqual({
    lines: ['kola: the run was interrupted by SIGINT'],
    code: 5,
  });
});

test('the state folder is XDG’s, absolute paths only', () => {
  expect(stateRoot({ XDG_STATE_HOME: '/s' })).toBe('/s/kola');
  expect(stateRoot({ XDG_STATE_HOME: 'relative' })).toMatch(/\/\.local\/state\/kola$/);
});

test('the ssh command line can be pasted, pins the host key and names the key by file', () => {
  const line = sshCommandLine({
    role: 'machine',
    user: 'core',
    host: '127.0.0.1',
    port: 2222,
    privateAddress: '10.0.0.2',
    keyFile: '/state dir/key',
    knownHostsFile: '/state/known_hosts',
    folder: '/run',
  });
  expect(line).toContain("-i '/state dir/key'");
  expect(line).toContain('StrictHostKeyChecking=yes');
  expect(line).toMatch(/-p 2222 core@127\.0\.0\.1$/);
});
