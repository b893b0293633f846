import { link, rename, rm, writeFile } from 'node:fs/promises';

/** Readers see the old file or the new one, never a part. */
export const writeWhole = (file: string, text: string): Promise<void> =>
  throughFresh(file, text, fresh => rename(fresh, file));

/** The same for a file that must not be there yet: throws EEXIST when somebody was quicker. */
export const writeNew = (file: string, text: string): Promise<void> =>
  throughFresh(file, text, async fresh => {
    await link(fresh, file);
    await rm(fresh);
  });

const throughFresh = async (
  file: string,
  text: string,
  place: (fresh: string) => Promise<void>,
): Promise<void> => {
  const fresh = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(fresh, text);
    await place(fresh);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
};
