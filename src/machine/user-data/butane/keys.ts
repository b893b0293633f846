import { UsageError } from '../../../core/errors.ts';

export const butaneError = (path: string, problem: string, hint?: string): UsageError =>
  new UsageError(
    'butane-invalid',
    `no valid Butane config: ${path === '' ? 'the document' : path}: ${problem}`,
    { hint: hint ?? 'https://coreos.github.io/butane/config-flatcar-v1_1/ lists all keys' },
  );

/** Units of measure keep their case in Ignition. */
const special: Readonly<Record<string, string>> = { size_mib: 'sizeMiB', start_mib: 'startMiB' };

const camel = (key: string): string =>
  special[key] ?? key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Keys of an Ignition path as Butane writes them, for messages. */
export const snakePath = (path: string): string =>
  path.replaceAll('MiB', '_mib').replace(/(?<=[a-z0-9])[A-Z]/g, letter => `_${letter.toLowerCase()}`);

/** The same document with Ignition's keys. Butane has no key with a capital letter: such a one is unknown. */
export const camelKeys = (value: unknown, path = ''): unknown => {
  if (Array.isArray(value)) return value.map((one, index) => camelKeys(one, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const at = path === '' ? key : `${path}.${key}`;
      if (!/^[a-z][a-z0-9_]*$/.test(key)) throw butaneError(at, 'unknown key');
      return [camel(key), camelKeys(member, at)];
    }),
  );
};
