import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { arches } from '../../core/target.ts';

/** `origin.json` beside a downloaded image: where it came from and who vouches for it. */
const originSchema = z.strictObject({
  schema: z.literal(1),
  server: z.string(),
  url: z.string(),
  channel: z.string(),
  version: z.string(),
  arch: z.enum(arches),
  file: z.string(),
  /** Of the file as it was downloaded. */
  sha256: z.string(),
  sha512: z.string(),
  bytes: z.number().int().positive(),
  /** ISO 8601. */
  fetched: z.string(),
  embargoed: z.boolean(),
  /** Absent: nobody checked it (`--insecure-image`). */
  signature: z.strictObject({ primary: z.string(), key: z.string(), at: z.number() }).optional(),
});
export type Origin = z.infer<typeof originSchema>;

const originFile = 'origin.json';

/** Undefined for folders of the cache that hold something else. */
export const readOrigin = async (folder: string): Promise<Origin | undefined> => {
  try {
    return originSchema.safeParse(JSON.parse(await readFile(join(folder, originFile), 'utf8'))).data;
  } catch {
    return undefined;
  }
};

export const writeOrigin = (folder: string, origin: Origin): Promise<void> =>
  writeFile(join(folder, originFile), `${JSON.stringify(origin, null, 2)}\n`);
