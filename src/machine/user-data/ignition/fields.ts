import { z } from 'zod';

/** Pieces that the schemas of several spec versions share. */

export const absolutePath = z
  .string()
  .regex(/^\/(?:[^/\0]+(?:\/[^/\0]+)*)?$/, 'is no absolute path in its shortest form')
  .refine(path => !path.split('/').some(part => part === '.' || part === '..'), 'has . or .. in it');

export const mode = z
  .number()
  .int()
  .min(0)
  .max(0o7777, 'is above 0o7777; a mode is the plain number (0o644), not its octal digits read as decimal');

const unitTypes = 'service|socket|device|mount|automount|swap|target|path|timer|slice|scope';
export const unitName = z
  .string()
  .max(255)
  .regex(new RegExp(`^[A-Za-z0-9:_.\\\\@-]+\\.(?:${unitTypes})$`), 'is no unit name such as thing.service');

export const dropins = z.array(
  z.strictObject({
    name: z.string().regex(/^[^/]+\.conf$/, 'is no drop-in name such as 10-thing.conf'),
    contents: z.string().optional(),
  }),
);

/** Account names as useradd takes them. */
export const accountName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,30}\$?$/, 'is no user or group name');

export const id = z.number().int().min(0).max(0xffff_fffe);

export const owner = z
  .strictObject({ id: id.optional(), name: z.string().optional() })
  .refine(({ id: number, name }) => number === undefined || name === undefined, 'has both an id and a name');

export const url = z
  .string()
  .regex(/^(?:$|data:[^,]*,|(?:https?|tftp|s3|gs|arn):)/, 'is no URL that Ignition fetches');

export const guid = z
  .string()
  .regex(/^(?:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})?$/, 'is no GUID');

export const flag = z.boolean().optional();
export const text = z.string().optional();
export const texts = z.array(z.string()).optional();
export const count = z.number().int().nonnegative().optional();

/** Fields that exist from a minor version on; before it they are unknown keys, and so errors. */
export const since = <Shape extends z.ZodRawShape>(
  minor: number,
  first: number,
  shape: Shape,
): Partial<Shape> => (minor >= first ? shape : {});
