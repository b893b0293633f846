import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { packageRoot } from '../../core/package-root.ts';
import { readYaml } from '../../core/yaml-file.ts';

const template = z.string().min(1);
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'expected the name of an environment variable');

const serverSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected lower-case letters, digits and dashes'),
  /** May hold `{channel}`. */
  base: template,
  /** Below the base: `{arch}`, `{version}`, `{channel}`. */
  folder: template,
  /** Has versions with a suffix. */
  nightlies: z.boolean(),
  /** What stands for the newest version of a channel; absent = the server does not say. */
  newest: template.optional(),
  /** The same for an LTS stream: `{year}`. */
  newestOfStream: template.optional(),
  /** Name of the list of LTS streams, at the base of the channel `lts`. */
  ltsInfo: z.string().optional(),
  /** What comes from here is not public: results are kept out of exports. */
  embargoed: z.boolean().default(false),
  /** Names of environment variables. Secrets themselves never stand in this file. */
  auth: z
    .union([
      z.strictObject({ tokenFrom: variable }),
      z.strictObject({ userFrom: variable, passwordFrom: variable }),
    ])
    .optional(),
});
export type ReleaseServer = z.infer<typeof serverSchema>;

const keySchema = z.strictObject({
  fingerprint: z
    .string()
    .transform(text => text.replaceAll(' ', '').toUpperCase())
    .pipe(
      z.string().regex(/^([0-9A-F]{40}|[0-9A-F]{64})$/, 'expected the 40 or 64 hex digits of a primary key'),
    ),
  name: z.string(),
  url: z.url().optional(),
  /** Armored key file, relative to this file; wins over the URL. */
  file: z.string().optional(),
});
export type PinnedKey = z.infer<typeof keySchema>;

const payloadKeySchema = z
  .strictObject({
    /** Of the key file, 64 hex digits. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits'),
    url: z.url().optional(),
    /** Relative to this file; wins over the URL. */
    file: z.string().optional(),
  })
  .refine(key => key.url !== undefined || key.file !== undefined, 'expected a url or a file');
export type PayloadKey = z.infer<typeof payloadKeySchema>;

const releaseServersSchema = z.strictObject({
  schema: z.literal(1),
  servers: z.array(serverSchema).min(1),
  files: z.strictObject({
    prefix: z.string(),
    packages: z.string().optional(),
    /** Name of an image manifest beside the images, for those that are not Flatcar's and say so. */
    manifest: z.string().optional(),
    images: z.record(z.string(), z.array(z.string()).min(1)),
    /** Whole names of update payloads; the first that the server has is taken. */
    payloads: z.array(z.string()).default([]),
    /** Public keys of payloads that are not signed with the key in the image, by file name. */
    payloadKeys: z.record(z.string(), payloadKeySchema).default({}),
  }),
  keys: z.array(keySchema).min(1),
});
export type ReleaseServers = z.infer<typeof releaseServersSchema>;

export const releaseServersFile = (): string => join(packageRoot(), 'policy', 'release-servers.yaml');

/** Reads the layouts; every mistake is told with its place. */
export const loadReleaseServers = async (file = releaseServersFile()): Promise<ReleaseServers> => {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError('servers-absent', `the release servers ${file} cannot be read: ${error.message}`, {
      cause: error,
    });
  });
  const servers = readYaml(file, text, releaseServersSchema);
  for (const { name, base } of servers.servers) checkBase(base, `${file}: server ${name}`);
  return servers;
};

/** A base URL ends up in logs and events: it must not hold a password. */
export const checkBase = (base: string, where: string): void => {
  const url = URL.parse(base.replaceAll(/\{\w+\}/g, 'x'));
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new UsageError('server-url', `${where}: expected an http or https URL, found ${base}`);
  if (url.username !== '' || url.password !== '')
    throw new UsageError('server-url', `${where}: the URL holds credentials`, {
      hint: 'name environment variables under auth: { userFrom, passwordFrom } of --release-servers',
    });
};

/**
 * Puts another base in the place of a server's. Where the original told channels apart by host name and the new one does
 * not, the channel becomes the first folder.
 */
export const withBase = (servers: ReleaseServers, name: string, base: string): ReleaseServers => {
  checkBase(base, `the URL for ${name}`);
  const known = servers.servers.find(server => server.name === name);
  if (known === undefined)
    throw new UsageError('server-unknown', `there is no release server ${name}`, {
      hint: `known: ${servers.servers.map(server => server.name).join(', ')}`,
    });
  const bare = base.replace(/\/+$/, '');
  const own = known.base.includes('{channel}') && !bare.includes('{channel}') ? `${bare}/{channel}` : bare;
  return {
    ...servers,
    servers: servers.servers.map(server => (server === known ? { ...server, base: own } : server)),
  };
};
