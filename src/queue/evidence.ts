import { createReadStream } from 'node:fs';
import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { HarnessError } from '../core/errors.ts';
import type { Query } from './database.ts';

/** Bytes of one row, before compression. */
const partSize = 2 ** 20;

/** Puts all files below a folder into the database, for the run that the job belongs to. */
export const sendEvidence = async (query: Query, job: string, folder: string): Promise<void> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter(found => found.isFile())) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(folder, file).split(sep).join('/');
    let part = 0;
    for await (const chunk of createReadStream(file, { highWaterMark: partSize })) {
      await insert(query, job, path, part, chunk as Buffer);
      part += 1;
    }
    if (part === 0) await insert(query, job, path, 0, Buffer.alloc(0));
  }
};

const insert = async (
  query: Query,
  job: string,
  path: string,
  part: number,
  bytes: Buffer,
): Promise<void> => {
  await query('insert into kola_queue.file (job, path, part, bytes) values ($1, $2, $3, $4)', [
    job,
    path,
    part,
    gzipSync(bytes),
  ]);
};

/** Writes what a host sent into the run folder. */
export const receiveEvidence = async (query: Query, job: string, folder: string): Promise<void> => {
  const parts = await query<{ path: string; part: number }>(
    'select path, part from kola_queue.file where job = $1 order by path, part',
    [job],
  );
  for (const { path, part } of parts) {
    const [row] = await query<{ bytes: Buffer }>(
      'select bytes from kola_queue.file where job = $1 and path = $2 and part = $3',
      [job, path, part],
    );
    if (row === undefined) continue;
    const file = within(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await (part === 0 ? writeFile : appendFile)(file, gunzipSync(row.bytes));
  }
};

/** A host names files of its own job, and nothing beside the run folder. */
const within = (folder: string, path: string): string => {
  const file = resolve(folder, path);
  const own = /^[^/].*\/[^/]+$/.test(path) && file.startsWith(resolve(folder) + sep);
  if (own) return file;
  throw new HarnessError(
    'queue-path',
    `a host sent evidence for ${path}, which is no place in the run folder`,
  );
};
