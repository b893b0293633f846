import { expect, test } from 'vitest';
import { toolFailed } from '../../../../src/image/reference/tool-failed.ts';

test.each([
  ['cannot be run (spawn mmdebstrap ENOENT)', '', 'tool-missing', /kola setup/],
  ['failed with status 28', 'dd: error writing: No space left on device', 'disk-full', /XDG_CACHE_HOME/],
  [
    'failed with status 1',
    'E: unable to pick chroot mode automatically (use --mode for manual selection)',
    'build-privileges',
    /root.*uidmap/,
  ],
  [
    'failed with status 100',
    "E: Failed to fetch http://x/InRelease  Could not resolve 'x'",
    'package-mirror',
    /mirrors can be reached/,
  ],
  ['failed with status 1', 'E: package y has no candidate', 'build-tool', undefined],
])('%s, saying %j', (how, output, code, hint) => {
  const error = toolFailed({ tool: 'mmdebstrap', how, output });
  expect(error).toMatchObject({ kind: 'harness', code });
  if (hint === undefined) expect(error.hint).toBeUndefined();
  else expect(error.hint).toMatch(hint);
  expect(error.message).toBe(
    `building the reference guest: mmdebstrap ${how}${output === '' ? '' : `: ${output}`}`,
  );
});

test('what a tool itself calls an error comes first, not its last words', () => {
  const output = 'I: installing\nE: no such suite\nI: cleaning up';
  expect(toolFailed({ tool: 'x', how: 'failed with status 1', output }).message).toMatch(
    /: E: no such suite$/,
  );
});
