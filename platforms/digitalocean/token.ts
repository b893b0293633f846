import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../src/core/errors.ts';
import type { DoOptions } from './options.ts';

/** `{ "default": { "token": "…" } }`: the file that Go kola reads. */
const configSchema = z.record(z.string(), z.object({ token: z.string().min(1) }));

export const credentialsHint =
  'set DIGITALOCEAN_TOKEN, or write {"default": {"token": …}} to ~/.config/digitalocean.json';

/** The API token: from the environment, else from the profile of the configuration file. */
export const findToken = (options: DoOptions): string => {
  const fromEnvironment = process.env.DIGITALOCEAN_TOKEN ?? process.env.DIGITALOCEAN_ACCESS_TOKEN;
  const asked = options.doConfigFile !== undefined || options.doProfile !== undefined;
  if (!asked && fromEnvironment !== undefined && fromEnvironment !== '') return fromEnvironment;
  const file = options.doConfigFile ?? join(homedir(), '.config', 'digitalocean.json');
  if (!existsSync(file))
    throw new UsageError('cloud-credentials', `no token for DigitalOcean: there is no ${file}`, {
      hint: credentialsHint,
    });
  const profile = options.doProfile ?? 'default';
  const token = readConfig(file)?.[profile]?.token;
  if (token === undefined)
    throw new UsageError(
      'cloud-credentials',
      `no token for DigitalOcean: expected {"${profile}": {"token": …}} in ${file}`,
      { hint: credentialsHint },
    );
  return token;
};

const readConfig = (file: string): z.infer<typeof configSchema> | undefined => {
  try {
    return configSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
};
