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
  text,
  texts,
  unitName,
} from './fields.ts';

/** What a version 1 document may hold. Source: Ignition 0.x, doc/configuration.md. */
export const schema1: z.ZodType = z.strictObject({
  ignitionVersion: z.literal(1),
  storage: z
    .strictObject({
      disks: z
        .array(
          z.strictObject({
            device: absolutePath,
            wipeTable: flag,
            partitions: z
              .array(
                z.strictObject({
                  label: z.string().max(36).optional(),
                  number: count,
                  size: count,
                  start: count,
                  typeGuid: guid.optional(),
                }),
              )
              .optional(),
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
          }),
        )
        .optional(),
      filesystems: z
        .array(
          z.strictObject({
            device: absolutePath,
            format: z.enum(['ext4', 'btrfs', 'xfs']),
            create: z.strictObject({ force: flag, options: texts }).optional(),
            files: z
              .array(
                z.strictObject({
                  path: absolutePath,
                  contents: text,
                  mode: mode.optional(),
                  uid: id.optional(),
                  gid: id.optional(),
                }),
              )
              .optional(),
          }),
        )
        .optional(),
    })
    .optional(),
  systemd: z
    .strictObject({
      units: z
        .array(
          z.strictObject({
            name: unitName,
            enable: flag,
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
            create: z
              .strictObject({
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
              })
              .optional(),
          }),
        )
        .optional(),
      groups: z
        .array(z.strictObject({ name: accountName, gid: id.optional(), passwordHash: text, system: flag }))
        .optional(),
    })
    .optional(),
});
