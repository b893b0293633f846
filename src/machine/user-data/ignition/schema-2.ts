import { z } from 'zod';
import {
  absolutePath,
  accountName,
  count,
  dropins,
  flag,
  guid,
  id,
  mode,
  owner,
  since,
  text,
  texts,
  unitName,
  url,
} from './fields.ts';

/**
 * What a 2.`minor` document may hold, as kola writes it: of two spellings of one thing only the newer one
 * where both exist (`enabled` over `enable`, `sizeMiB` over `size`).
 * Source: the spec2x branch of Ignition, doc/configuration-v2_0.md … v2_3.md.
 */
export const schema2 = (minor: number): z.ZodType => {
  const verification = z.strictObject({
    hash: z
      .string()
      .regex(/^sha512-[0-9a-f]{128}$/, 'is no sha512 hash')
      .optional(),
  });
  const fetched = z.strictObject({ source: url, verification: verification.optional() });
  const ownership = minor >= 1 ? owner : z.strictObject({ id: id.optional() });
  const node = {
    filesystem: z.string().min(1),
    path: absolutePath,
    user: ownership.optional(),
    group: ownership.optional(),
    ...since(minor, 2, { overwrite: flag }),
  };
  const partition = z.strictObject({
    label: z.string().max(36).optional(),
    number: count,
    typeGuid: guid.optional(),
    ...(minor >= 3
      ? { sizeMiB: count, startMiB: count, wipePartitionEntry: flag, shouldExist: flag }
      : { size: count, start: count }),
    ...since(minor, 1, { guid: guid.optional() }),
  });
  const raid = z.strictObject({
    name: z.string().min(1),
    level: z.string(),
    devices: z.array(absolutePath).min(1),
    spares: count,
    ...since(minor, 2, { options: texts }),
  });
  const mount = z.strictObject({
    device: absolutePath,
    format: z.enum(minor >= 1 ? ['ext4', 'btrfs', 'xfs', 'vfat', 'swap'] : ['ext4', 'btrfs', 'xfs']),
    ...(minor >= 1
      ? { wipeFilesystem: flag, label: text, uuid: text, options: texts }
      : { create: z.strictObject({ force: flag, options: texts }).optional() }),
  });
  const account = {
    uid: id.optional(),
    gecos: text,
    homeDir: text,
    noCreateHome: flag,
    primaryGroup: text,
    groups: texts,
    noUserGroup: flag,
    system: flag,
    noLogInit: flag,
    shell: text,
  };
  return z.strictObject({
    ignition: z.strictObject({
      version: z.literal(`2.${minor}.0`),
      config: z.strictObject({ append: z.array(fetched).optional(), replace: fetched.optional() }).optional(),
      ...since(minor, 1, {
        timeouts: z.strictObject({ httpResponseHeaders: count, httpTotal: count }).optional(),
      }),
      ...since(minor, 2, {
        security: z
          .strictObject({
            tls: z.strictObject({ certificateAuthorities: z.array(fetched).optional() }).optional(),
          })
          .optional(),
      }),
    }),
    storage: z
      .strictObject({
        disks: z
          .array(
            z.strictObject({
              device: absolutePath,
              wipeTable: flag,
              partitions: z.array(partition).optional(),
            }),
          )
          .optional(),
        raid: z.array(raid).optional(),
        filesystems: z
          .array(z.strictObject({ name: text, mount: mount.optional(), path: absolutePath.optional() }))
          .optional(),
        files: z
          .array(
            z.strictObject({
              ...node,
              mode: mode.optional(),
              contents: z
                .strictObject({
                  source: url.optional(),
                  compression: z.literal('gzip').optional(),
                  verification: verification.optional(),
                })
                .optional(),
              ...since(minor, 2, { append: flag }),
            }),
          )
          .optional(),
        ...since(minor, 1, {
          directories: z.array(z.strictObject({ ...node, mode: mode.optional() })).optional(),
          links: z.array(z.strictObject({ ...node, target: z.string().min(1), hard: flag })).optional(),
        }),
      })
      .optional(),
    systemd: z
      .strictObject({
        units: z
          .array(
            z.strictObject({
              name: unitName,
              ...(minor >= 1 ? { enabled: flag } : { enable: flag }),
              mask: flag,
              contents: text,
              dropins: dropins.optional(),
            }),
          )
          .optional(),
      })
      .optional(),
    passwd: z
      .strictObject({
        users: z
          .array(
            z.strictObject({
              name: accountName,
              passwordHash: text,
              sshAuthorizedKeys: texts,
              ...(minor >= 1 ? account : { create: z.strictObject(account).optional() }),
            }),
          )
          .optional(),
        groups: z
          .array(z.strictObject({ name: accountName, gid: id.optional(), passwordHash: text, system: flag }))
          .optional(),
      })
      .optional(),
  });
};
