import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';

/** What is known of a file that is being downloaded, kept beside it so that another process can go on. */
const partSchema = z.strictObject({
  url: z.string(),
  size: z.number().int().positive(),
  /** ETag or Last-Modified: tells whether the server still has the same file. */
  validator: z.string(),
  pieceBytes: z.number().int().positive(),
  /** Bytes of each piece that are there, from its start on. */
  got: z.array(z.number().int().nonnegative()),
});
export type Part = z.infer<typeof partSchema>;

const notePath = (target: string): string => `${target}.part.json`;
export const partPath = (target: string): string => `${target}.part`;

/** What an earlier try left, when it is of the same file; otherwise a new beginning. */
export const resumePart = async (target: string, fresh: Omit<Part, 'got'>): Promise<Part> => {
  const begin: Part = {
    ...fresh,
    got: Array.from({ length: Math.ceil(fresh.size / fresh.pieceBytes) }, () => 0),
  };
  if (fresh.validator === '') return begin;
  try {
    const left = partSchema.parse(JSON.parse(await readFile(notePath(target), 'utf8')));
    const same =
      left.url === fresh.url &&
      left.size === fresh.size &&
      left.validator === fresh.validator &&
      left.pieceBytes === fresh.pieceBytes &&
      left.got.length === begin.got.length;
    return same ? left : begin;
  } catch {
    return begin;
  }
};

export const notePart = async (target: string, part: Part): Promise<void> => {
  const draft = `${notePath(target)}.new`;
  await writeFile(draft, JSON.stringify(part));
  await rename(draft, notePath(target));
};

export const forgetPart = async (target: string): Promise<void> => {
  await rm(notePath(target), { force: true });
};
