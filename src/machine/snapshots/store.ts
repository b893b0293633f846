import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotPlace } from '../../core/platform.ts';
import {
  describeFiles,
  diskUse,
  type FindData,
  moveFile,
  readDescription,
  type SnapshotDescription,
  type SnapshotFacts,
  verifyFiles,
} from './files.ts';
import { holdLease, isLeased } from './lease.ts';

const descriptionName = 'snapshot.json';
/** Folder of notes: what was asked for and not there. */
const wantedName = 'wanted';
/** Milliseconds after which nobody remembers what was asked for. */
const noteLife = 30 * 86_400_000;

export interface StoredSnapshot {
  readonly name: string;
  readonly path: string;
  /** On disk, holes not counted. */
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly used: number;
  /** Undefined where it is not whole. */
  readonly description: SnapshotDescription | undefined;
}

/**
 * Frozen machines that outlive a run, one folder each, named by everything that has to be equal for a clone to be
 * good. A folder appears and disappears whole, by renaming; one that a living process holds is left alone.
 */
export class SnapshotStore {
  readonly #place: SnapshotPlace;
  readonly #log: (line: string) => void;
  readonly #findData: FindData | undefined;
  readonly #ends: (() => Promise<void>)[] = [];

  constructor(place: SnapshotPlace, log: (line: string) => void, findData?: FindData) {
    this.#place = place;
    this.#log = log;
    this.#findData = findData;
  }

  /** The folder of a snapshot that is whole, held until {@link close}. One that is not whole is thrown away. */
  async find(key: string): Promise<string | undefined> {
    const folder = join(this.#place.folder, key);
    if (!(await exists(folder))) return undefined;
    try {
      const end = await holdLease(folder);
      this.#ends.push(() => end(folder));
      await verifyFiles(folder, await readDescription(join(folder, descriptionName)));
      const now = new Date();
      await utimes(folder, now, now);
      return folder;
    } catch (error) {
      this.#log(`Threw away a damaged snapshot: ${error instanceof Error ? error.message : String(error)}`);
      await this.remove(folder);
      return undefined;
    }
  }

  /** Notes that a snapshot would have been of use; true when it was noted before. */
  async note(key: string): Promise<boolean> {
    const folder = join(this.#place.folder, wantedName);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const known = await exists(join(folder, key));
    await writeFile(join(folder, key), '');
    return known;
  }

  /**
   * Takes over the files of a frozen machine and gives the folder that they are in from now on, held until
   * {@link close}. Undefined when they are larger than all snapshots together may be: they stay where they are.
   */
  async keep(
    key: string,
    facts: SnapshotFacts,
    from: string,
    names: readonly string[],
  ): Promise<string | undefined> {
    const { folder, limit } = this.#place;
    if ((await diskUse(names.map(name => join(from, name)))) > limit) return undefined;
    const fresh = join(folder, `.new-${randomUUID()}`);
    await mkdir(fresh, { recursive: true, mode: 0o700 });
    const end = await holdLease(fresh);
    for (const name of names) await moveFile(join(from, name), join(fresh, name));
    const description = { ...facts, files: await describeFiles(fresh, names, this.#findData) };
    await writeFile(join(fresh, descriptionName), `${JSON.stringify(description, null, 2)}\n`);
    const final = join(folder, key);
    try {
      await rename(fresh, final);
    } catch {
      // Another process was faster. Ours serves this run, and goes with it.
      this.#ends.push(() => this.remove(fresh));
      return fresh;
    }
    this.#ends.push(() => end(final));
    await rm(join(folder, wantedName, key), { force: true });
    await this.prune();
    return final;
  }

  /** Takes a snapshot away from those who look for it. Who has opened its files can go on reading them. */
  async remove(folder: string): Promise<void> {
    const gone = join(this.#place.folder, `.gone-${randomUUID()}`);
    const moved = await rename(folder, gone).then(
      () => true,
      () => false,
    );
    if (moved) await rm(gone, { recursive: true, force: true });
  }

  /** Finished snapshots, the most recently used first. */
  async list(): Promise<readonly StoredSnapshot[]> {
    const all = await this.#all();
    return all.filter(({ description }) => description !== undefined).toSorted((a, b) => b.used - a.used);
  }

  /** Removes what nobody can use, then the least recently used until the rest is within the limit. */
  async prune(): Promise<readonly StoredSnapshot[]> {
    await this.#forget();
    const all = await this.#all();
    let bytes = all.reduce((sum, entry) => sum + entry.bytes, 0);
    const removed: StoredSnapshot[] = [];
    for (const entry of all.toSorted((a, b) => a.used - b.used)) {
      if ((bytes <= this.#place.limit && (await isUsable(entry))) || (await isLeased(entry.path))) continue;
      await this.remove(entry.path);
      bytes -= entry.bytes;
      removed.push(entry);
    }
    return removed;
  }

  /** Ends every hold of this store. */
  async close(): Promise<void> {
    for (const end of this.#ends.splice(0)) await end();
  }

  async #all(): Promise<readonly StoredSnapshot[]> {
    const names = await readdir(this.#place.folder).catch(() => []);
    return Promise.all(
      names.filter(name => name !== wantedName).map(name => describe(this.#place.folder, name)),
    );
  }

  async #forget(): Promise<void> {
    const folder = join(this.#place.folder, wantedName);
    for (const name of await readdir(folder).catch(() => [])) {
      const facts = await stat(join(folder, name)).catch(() => undefined);
      if (facts !== undefined && Date.now() - facts.mtimeMs > noteLife)
        await rm(join(folder, name), { force: true });
    }
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const describe = async (root: string, name: string): Promise<StoredSnapshot> => {
  const path = join(root, name);
  const files = await readdir(path).catch(() => []);
  const facts = await stat(path).catch(() => undefined);
  // A name that begins with a dot is that of a folder which is being made, or removed.
  const finished = !name.startsWith('.');
  return {
    name,
    path,
    bytes: await diskUse(files.map(file => join(path, file))),
    used: facts?.mtimeMs ?? 0,
    description: finished
      ? await readDescription(join(path, descriptionName)).catch(() => undefined)
      : undefined,
  };
};

const isUsable = async ({ description }: StoredSnapshot): Promise<boolean> =>
  description !== undefined && (await exists(description.image));
