import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../src/core/errors.ts';
import type { MetalOptions } from './options.ts';

export interface Credentials {
  /** A secret. */
  readonly token: string;
  readonly project: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export const credentialsHint =
  'set METAL_AUTH_TOKEN and METAL_PROJECT_ID, or write api_key and project into a profile of ~/.config/equinixmetal.json';

/** Go kola's file: `{ "default": { "api_key": "…", "project": "…" } }`. */
const fileSchema = z.record(
  z.string(),
  z.looseObject({ api_key: z.string().optional(), project: z.string().optional() }),
);

/** From the variables that the vendor's own tools read, else from the file that Go kola reads. */
export const findCredentials = (options: MetalOptions, env: Environment = process.env): Credentials => {
  const profile = profileOf(options);
  const token = env.METAL_AUTH_TOKEN ?? env.PACKET_AUTH_TOKEN ?? env.PACKET_TOKEN ?? profile.api_key;
  const project =
    options.equinixmetalProject ??
    env.METAL_PROJECT_ID ??
    env.PACKET_PROJECT_ID ??
    env.PACKET_PROJECT ??
    profile.project;
  if (token === undefined || token === '')
    throw new UsageError('cloud-credentials', 'no token for Equinix Metal was given', {
      hint: credentialsHint,
    });
  if (project === undefined || project === '')
    throw new UsageError('equinixmetal-project', 'no Equinix Metal project was given', {
      hint: 'give --equinixmetal-project or set METAL_PROJECT_ID',
    });
  return { token, project };
};

const profileOf = (
  options: MetalOptions,
): { readonly api_key?: string | undefined; readonly project?: string | undefined } => {
  const file = options.equinixmetalConfigFile ?? join(homedir(), '.config', 'equinixmetal.json');
  const name = options.equinixmetalProfile ?? 'default';
  if (!existsSync(file)) {
    if (options.equinixmetalConfigFile === undefined) return {};
    throw new UsageError('equinixmetal-config', `there is no file ${file} (--equinixmetal-config-file)`);
  }
  const profile = readProfiles(file)[name];
  if (profile === undefined && options.equinixmetalProfile !== undefined)
    throw new UsageError('equinixmetal-profile', `${file} has no profile ${name}`);
  return profile ?? {};
};

const readProfiles = (file: string): z.infer<typeof fileSchema> => {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    // The text of the error could hold a piece of the file, and with it the token.
    throw new UsageError('equinixmetal-config', `expected profiles with api_key and project in ${file}`, {
      cause: error instanceof Error ? error.name : undefined,
    });
  }
};
