import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import { type ScenarioInput, type ScenarioInputs, scenarioInputs } from '../../core/scenario.ts';
import type { Settings } from '../settings/settings.ts';
import type { OptionSpec } from './spec.ts';

const group = 'For some scenarios';

/** What is handed over to the scenarios that ask for it. */
export const inputOptions: readonly (OptionSpec & { readonly name: ScenarioInput })[] = [
  {
    name: 'devcontainer-url',
    value: 'url',
    description: 'where the developer container of @ARCH@ and @VERSION@ lies',
    group,
  },
  {
    name: 'devcontainer-file',
    value: 'file',
    description: 'developer container to use instead of one that is downloaded',
    group,
    fromFile: (value, folder) => resolve(folder, value),
  },
  {
    name: 'devcontainer-binhost-url',
    value: 'url',
    description: 'where binary packages for the developer container of @ARCH@ and @VERSION@ lie',
    group,
  },
];

const inputValue = (settings: Settings, { name, value }: OptionSpec): string | undefined => {
  const text = settings.text(name);
  if (text === undefined || value !== 'file') return text;
  const path = resolve(text);
  if (!existsSync(path))
    throw new UsageError('input-missing', `${settings.origin(name)}: there is no file ${path}`);
  return path;
};

/** The inputs that were given; a file that is not there is a mistake of the caller. */
export const inputsOf = (settings: Settings): ScenarioInputs =>
  Object.fromEntries(
    scenarioInputs.flatMap(name => {
      const option = inputOptions.find(candidate => candidate.name === name);
      const value = option === undefined ? undefined : inputValue(settings, option);
      return value === undefined ? [] : [[name, value]];
    }),
  );
