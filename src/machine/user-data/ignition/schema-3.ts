import { z } from 'zod';
import {
  absolutePath,
  accountName,
  mode as anyMode,
  count,
  dropins,
  flag,
  guid,
  id,
  owner,
  since,
  text,
  texts,
  unitName,
  url,
} from './fields.ts';

/**
 * What a 3.`minor` document may hold. A key that a later version brought is unknown here.
 * Source: https://coreos.github.io/ignition/configuration-v3_0/ … v3_4 and the migration guide beside them.
 */
export const schema3 = (minor: number): z.ZodType => {
  const hash = minor >= 1 ? /^sha(?:512-[0-9a-f]{128}|256-[0-9a-f]{64})$/ : /^sha512-[0-9a-f]{128}$/;
  const verification = z.strictObject({
    hash: z.string().regex(hash, `is no hash that 3.${minor} knows`).optional(),
  });
  const headers = z.array(z.strictObject({ name: z.string(), value: text }));
  const compression = z.literal('gzip');
  /** Files could be packed from the start, configs and certificates from 3.1 on. */
  const contents = z.strictObject({
    source: url.optional(),
    compression: compression.optional(),
    verification: verification.optional(),
    ...since(minor, 1, { httpHeaders: headers.optional() }),
  });
  const fetched = z.strictObject({
    source: url,
    verification: verification.optional(),
    ...since(minor, 1, { httpHeaders: headers.optional(), compression: compression.optional() }),
  });
  const node = { path: absolutePath, overwrite: flag, user: owner.optional(), group: owner.optional() };
  /** Before 3.4 Ignition throws the special bits away. */
  const mode =
    minor >= 4 ? anyMode : anyMode.max(0o777, `has setuid, setgid or sticky bits, which 3.${minor} drops`);
  const removal = since(minor, 2, { shouldExist: flag });
  const formats = ['ext4', 'btrfs', 'xfs', 'vfat', 'swap', ...(minor >= 3 ? ['none'] : [])];

  const ignition = z.strictObject({
    version: z.literal(`3.${minor}.0`),
    config: z.strictObject({ merge: z.array(fetched).optional(), replace: fetched.optional() }).optional(),
    security: z
      .strictObject({
        tls: z.strictObject({ certificateAuthorities: z.array(fetched).optional() }).optional(),
      })
      .optional(),
    timeouts: z.strictObject({ httpResponseHeaders: count, httpTotal: count }).optional(),
    ...since(minor, 1, {
      proxy: z.strictObject({ httpProxy: text, httpsProxy: text, noProxy: texts }).optional(),
    }),
  });
  const partition = z.strictObject({
    label: z.string().max(36).optional(),
    number: count,
    sizeMiB: count,
    startMiB: count,
    typeGuid: guid.optional(),
    guid: guid.optional(),
    wipePartitionEntry: flag,
    shouldExist: flag,
    ...since(minor, 2, { resize: flag }),
  });
  const clevis = z.strictObject({
    tpm2: flag,
    tang: z.array(z.strictObject({ url: z.string(), thumbprint: text })).optional(),
    threshold: count,
    custom: z.strictObject({ pin: z.string(), config: z.string(), needsNetwork: flag }).optional(),
  });
  const storage = z.strictObject({
    disks: z
      .array(
        z.strictObject({
          device: absolutePath,
          wipeTable: flag,
          partitions: z.array(partition).optional(),
        }),
      )
      .optional(),
    raid: z
      .array(
        z.strictObject({
          name: z.string().min(1),
          level: z.string(),
          devices: z.array(absolutePath).min(1),
          spares: count,
          options: texts,
        }),
      )
      .optional(),
    filesystems: z
      .array(
        z.strictObject({
          device: absolutePath,
          format: z.enum(formats),
          path: absolutePath.optional(),
          label: text,
          uuid: text,
          options: texts,
          wipeFilesystem: flag,
          ...since(minor, 1, { mountOptions: texts }),
        }),
      )
      .optional(),
    directories: z.array(z.strictObject({ ...node, mode: mode.optional() })).optional(),
    files: z
      .array(
        z.strictObject({
          ...node,
          mode: mode.optional(),
          contents: contents.optional(),
          append: z.array(contents).optional(),
        }),
      )
      .optional(),
    links: z.array(z.strictObject({ ...node, target: z.string().min(1), hard: flag })).optional(),
    ...since(minor, 2, {
      luks: z
        .array(
          z.strictObject({
            name: z.string().min(1),
            device: absolutePath,
            keyFile: contents.optional(),
            label: text,
            uuid: text,
            options: texts,
            wipeVolume: flag,
            clevis: clevis.optional(),
          }),
        )
        .optional(),
    }),
  });
  const user = z.strictObject({
    name: accountName,
    passwordHash: text,
    sshAuthorizedKeys: texts,
    uid: id.optional(),
    gecos: text,
    homeDir: text,
    noCreateHome: flag,
    primaryGroup: text,
    groups: texts,
    noUserGroup: flag,
    noLogInit: flag,
    shell: text,
    system: flag,
    ...removal,
  });
  const group = z.strictObject({
    name: accountName,
    gid: id.optional(),
    passwordHash: text,
    system: flag,
    ...removal,
  });
  return z.strictObject({
    ignition,
    passwd: z.strictObject({ users: z.array(user).optional(), groups: z.array(group).optional() }).optional(),
    storage: storage.optional(),
    systemd: z
      .strictObject({
        units: z
          .array(
            z.strictObject({
              name: unitName,
              enabled: flag,
              mask: flag,
              contents: text,
              dropins: dropins.optional(),
            }),
          )
          .optional(),
      })
      .optional(),
    ...since(minor, 3, {
      kernelArguments: z.strictObject({ shouldExist: texts, shouldNotExist: texts }).optional(),
    }),
  });
};
