import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { discoverScenarios } from '../../../src/cli/discover.ts';
import { scenariosDocument } from '../../../src/cli/scenarios-doc.ts';
import { packageRoot } from '../../../src/core/package-root.ts';
import { scenario } from '../../../src/core/scenario.ts';
import { ignition } from '../../../src/machine/user-data/ignition/builders.ts';

test('docs/scenarios.md is what `npm run docs:scenarios` writes', async () => {
  const text = readFileSync(join(packageRoot(), 'docs/scenarios.md'), 'utf8');
  expect(text).toBe(scenariosDocument(await discoverScenarios(packageRoot())));
});

test('a scenario that is left out is not here, and is named with a reason', async () => {
  const text = readFileSync(join(packageRoot(), 'docs/reference/left-out-scenarios.md'), 'utf8');
  const names = (await discoverScenarios(packageRoot())).map(found => found.scenario.name);
  const leftOut = text
    .slice(0, text.indexOf('Twenty more'))
    .split('\n')
    .flatMap(line => /^\| `([^`]+)` \| \S.+ \|$/.exec(line)?.[1] ?? []);
  expect(leftOut).toHaveLength(10);
  expect(names.filter(name => leftOut.includes(name))).toEqual([]);
});

test('says what a scenario is', () => {
  const one = scenario({
    name: 'a.b',
    description: 'Does <this> | that',
    since: '1.0.0',
    owner: 'somebody',
    platforms: { except: ['aws'] },
    versions: { from: '3033.0.0', until: '4000.0.0' },
    needs: { machines: 2, vcpus: 4, threadsPerCore: 2, tpm: true, externalWithout: { docker: ['internet'] } },
    userData: ignition({}, '2.3'),
    run: async () => {},
  });
  const text = scenariosDocument([{ scenario: one, file: 'scenarios/x/a.b' }]);
  for (const row of [
    '## x',
    '### a.b',
    'Does &lt;this> \\| that.',
    '| Owner | somebody |',
    '| Since | 1.0.0 |',
    '| Platforms | all but aws |',
    '| Versions | from 3033.0.0 until 4000.0.0 |',
    '| Needs | 2 machines, 4 processors, 2 threads a core, TPM, *internet* unless docker |',
    '| User-data | Ignition, about 2.3 |',
  ])
    expect(text.split('\n')).toContain(row);
});
