import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { HostPackage } from './packages.ts';

/** Tools such as sgdisk lie in folders that a normal user's PATH may lack. */
const administratorFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Finds a program, or an absolute file; undefined when it is not there. */
export const locate = (name: string, path = process.env.PATH ?? ''): string | undefined => {
  if (isAbsolute(name)) return isFile(name, constants.R_OK) ? name : undefined;
  return [...path.split(delimiter).filter(folder => folder !== ''), ...administratorFolders]
    .map(folder => join(folder, name))
    .find(candidate => isFile(candidate, constants.X_OK));
};

const isFile = (path: string, mode: number): boolean => {
  try {
    accessSync(path, mode);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** What a package should have brought and is not there. */
export const missingOf = ({ brings }: HostPackage, path?: string): readonly string[] =>
  brings.filter(name => locate(name, path) === undefined);
