import { expect, test } from 'vitest';
import { inputOptions, inputsOf } from '../../../src/cli/options/inputs.ts';
import { Settings } from '../../../src/cli/settings/settings.ts';
import { scenarioInputs } from '../../../src/core/scenario.ts';

const settings = (values: Readonly<Record<string, string>>): Settings =>
  new Settings(
    new Map(Object.entries(values).map(([name, value]) => [name, { value, origin: `--${name}` }])),
  );

test('there is an option for everything that a scenario may ask for', () => {
  expect(inputOptions.map(({ name }) => name).toSorted()).toEqual([...scenarioInputs].toSorted());
});

test('what was given is handed over, files by their absolute path', () => {
  expect(inputsOf(settings({}))).toEqual({});
  expect(inputsOf(settings({ 'devcontainer-url': 'http://x/@ARCH@' }))).toEqual({
    'devcontainer-url': 'http://x/@ARCH@',
  });
  expect(inputsOf(settings({ 'devcontainer-file': 'package.json' }))).toEqual({
    'devcontainer-file': `${process.cwd()}/package.json`,
  });
});

test('a file that is not there is a mistake', () => {
  expect(() => inputsOf(settings({ 'devcontainer-file': '/nowhere/at/all.gz' }))).toThrow(
    '--devcontainer-file: there is no file /nowhere/at/all.gz',
  );
});
