import { readFileSync, realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { dataUrl } from '../ignition/data-url.ts';
import { butaneError } from './keys.ts';

export interface ButaneOptions {
  /** Where `local` files and trees are; absent = none may be named. */
  readonly filesDir?: string;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The real path of a file below the files folder; nothing outside is read, by link or otherwise. */
export const localPath = (name: unknown, path: string, { filesDir }: ButaneOptions): string => {
  if (typeof name !== 'string' || name === '') throw butaneError(path, 'expected a relative path');
  if (filesDir === undefined)
    throw butaneError(path, `there is no folder for the local file ${name}`, 'write the contents inline');
  try {
    const root = realpathSync(filesDir);
    const real = realpathSync(resolve(root, name));
    if (real === root || real.startsWith(root + sep)) return real;
  } catch (error) {
    throw butaneError(path, `the local file ${name} cannot be read: ${String(error)}`);
  }
  throw butaneError(path, `the local file ${name} is outside of ${filesDir}`);
};

export const localText = (name: unknown, path: string, options: ButaneOptions): string => {
  const file = localPath(name, path, options);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw butaneError(path, `the local file ${String(name)} cannot be read: ${String(error)}`);
  }
};

const localBytes = (name: unknown, path: string, options: ButaneOptions): Uint8Array => {
  const file = localPath(name, path, options);
  try {
    return readFileSync(file);
  } catch (error) {
    throw butaneError(path, `the local file ${String(name)} cannot be read: ${String(error)}`);
  }
};

/**
 * Every `inline` and `local` of a document as the data URL that Ignition has in their place. They occur wherever
 * something can be fetched, and nowhere else.
 */
export const inlineResources = (value: unknown, options: ButaneOptions, path = ''): unknown => {
  if (Array.isArray(value)) return value.map((one, at) => inlineResources(one, options, `${path}[${at}]`));
  if (!isFields(value)) return value;
  const sources = ['source', 'inline', 'local'].filter(key => key in value);
  const { inline, local, ...rest } = value;
  if (sources.length > 1 && sources.some(key => key !== 'source'))
    throw butaneError(path, `has ${sources.join(' and ')}, of which there may be one`);
  const others = Object.fromEntries(
    Object.entries(rest).map(([key, member]) => [
      key,
      key === 'trees' ? member : inlineResources(member, options, path === '' ? key : `${path}.${key}`),
    ]),
  );
  if (inline !== undefined) {
    if (typeof inline !== 'string') throw butaneError(`${path}.inline`, 'expected a text');
    return { ...others, source: dataUrl(inline) };
  }
  if (local !== undefined) return { ...others, source: dataUrl(localBytes(local, `${path}.local`, options)) };
  return others;
};
