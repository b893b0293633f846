import type { IgnitionDocument } from './render.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** What identifies an entry of a list, in every version. */
const keyOf = (entry: unknown): string | undefined => {
  if (!isObject(entry)) return undefined;
  const key = entry.name ?? entry.path ?? entry.device;
  return typeof key === 'string' ? key : undefined;
};

/** Entries that are one thing each: whoever wrote one wrote all of it. */
const isWhole = (entry: Json): boolean => 'path' in entry || entry.mask === true;

/**
 * Adds to a document what it does not say itself: everything in `own` stays as it is, lists of plain values get
 * longer, entries of one name (users, units) are completed, files of one path are left alone.
 */
export const addTo = (own: unknown, added: unknown): unknown => {
  if (own === undefined) return added;
  if (Array.isArray(own) && Array.isArray(added)) return addToList(own, added);
  if (!isObject(own) || !isObject(added) || isWhole(own)) return own;
  const result: Record<string, unknown> = { ...own };
  for (const [key, value] of Object.entries(added)) result[key] = addTo(own[key], value);
  return result;
};

const addToList = (own: readonly unknown[], added: readonly unknown[]): unknown[] => {
  const result = [...own];
  for (const entry of added) {
    const key = keyOf(entry);
    const index =
      key === undefined ? result.indexOf(entry) : result.findIndex(candidate => keyOf(candidate) === key);
    if (index === -1) result.push(entry);
    else result[index] = addTo(result[index], entry);
  }
  return result;
};

/** Absolute paths that a document makes something of. For 2.x those on the root filesystem. */
export const pathsOf = (document: IgnitionDocument): ReadonlySet<string> => {
  const storage = isObject(document.storage) ? document.storage : {};
  const nodes = [
    ...['files', 'directories', 'links'].flatMap(key => listOf(storage[key])),
    ...listOf(storage.filesystems).flatMap(entry => (isObject(entry) ? listOf(entry.files) : [])),
  ];
  return new Set(
    nodes.flatMap(node => {
      if (!isObject(node) || typeof node.path !== 'string') return [];
      return (node.filesystem ?? 'root') === 'root' ? [node.path] : [];
    }),
  );
};

const filesystemsOf = (document: IgnitionDocument): readonly Json[] =>
  isObject(document.storage) ? listOf(document.storage.filesystems).filter(isObject) : [];

/** Drops files from the additions whose path the scenario uses itself, be it for a link or a directory. */
const withoutPaths = (added: IgnitionDocument, taken: ReadonlySet<string>): IgnitionDocument => {
  const { storage, ...rest } = added;
  if (!isObject(storage) || !Array.isArray(storage.files)) return added;
  const files = storage.files.filter(entry => !(isObject(entry) && taken.has(String(entry.path))));
  return { ...rest, storage: { ...storage, files } };
};

/** Version 1 names a device for each file: the additions go to the one that the scenario calls ROOT. */
const ontoOwnRoot = (own: IgnitionDocument, added: IgnitionDocument): IgnitionDocument => {
  const root = filesystemsOf(own).find(entry => String(entry.device).endsWith('/ROOT'));
  if (root === undefined || !('ignitionVersion' in own) || !isObject(added.storage)) return added;
  const filesystems = filesystemsOf(added).map(entry => ({
    ...entry,
    device: root.device,
    format: root.format,
  }));
  return { ...added, storage: { ...added.storage, filesystems } };
};

/** The scenario's document with the additions in it; both are of one version. */
export const mergeDocuments = (own: IgnitionDocument, added: IgnitionDocument): IgnitionDocument =>
  addTo(own, ontoOwnRoot(own, withoutPaths(added, pathsOf(own)))) as IgnitionDocument;
