import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../core/errors.ts';
import type { Settings } from './settings/settings.ts';

/** Milliseconds for the agent to answer. */
const agentPatience = 5000;

/** authorized_keys lines that `--key` and `--keys` add; public keys only. */
export const extraKeys = async (settings: Settings, cwd: string): Promise<readonly string[]> => {
  const named = settings.list('key').flatMap(path => keysOfFile(resolve(cwd, path)));
  const own = settings.on('keys') ? [...(await agentKeys()), ...homeKeys()] : [];
  return [...new Set([...named, ...own])];
};

const keysOfFile = (path: string): readonly string[] => {
  const text = read(path);
  if (text === undefined)
    throw new UsageError('key-unreadable', `--key ${path}: cannot be read`, {
      hint: 'give a public key file',
    });
  if (text.includes('PRIVATE KEY'))
    throw new UsageError('key-private', `--key ${path}: expected a public key, found a private one`, {
      hint: `give ${path}.pub`,
    });
  const keys = keyLines(text);
  if (keys.length === 0) throw new UsageError('key-empty', `--key ${path}: there is no public key in it`);
  return keys;
};

const keyLines = (text: string): readonly string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => /^(ssh-|ecdsa-|sk-)\S+ \S+/.test(line));

const homeKeys = (): readonly string[] => {
  const folder = join(homedir(), '.ssh');
  return names(folder)
    .filter(name => /^id_.*\.pub$/.test(name))
    .flatMap(name => keyLines(read(join(folder, name)) ?? ''));
};

const agentKeys = async (): Promise<readonly string[]> => {
  try {
    const { stdout } = await promisify(execFile)('ssh-add', ['-L'], { timeout: agentPatience });
    return keyLines(stdout);
  } catch {
    // No agent, no key in it, or no ssh-add: as Go kola, do without.
    return [];
  }
};

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

const names = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};
