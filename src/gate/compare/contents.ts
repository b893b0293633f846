import { compareText } from '../canonical.ts';

export interface FileFacts {
  readonly mode: string;
  readonly owner: string;
  /** Bytes. */
  readonly size: number;
  readonly link: string | null;
}

export interface FileChange {
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'mode' | 'owner' | 'link' | 'size';
  readonly before: string | null;
  readonly after: string | null;
  /** Bytes, after minus before. */
  readonly delta: number;
}

/** `-rwxr-xr-x  1 root    root    12345 2026-11-20 10:11 ./usr/bin/x -> target`. */
const fileLine =
  /^([bcdlps-][rwxsStT-]{9})\s+\d+\s+(\S+)\s+(\S+)\s+(\d+)\s+\d{4}-\d\d-\d\d\s+\d\d:\d\d\s+\.(\/.*?)(?: -> (.*))?$/;

/** Reads `flatcar_production_image_contents.txt`. */
export const parseContents = (text: string): Map<string, FileFacts> => {
  const files = new Map<string, FileFacts>();
  for (const line of text.split('\n')) {
    const [, mode, user, group, size, path, link] = fileLine.exec(line) ?? [];
    if (mode === undefined || path === undefined) continue;
    files.set(path, { mode, owner: `${user}:${group}`, size: Number(size), link: link ?? null });
  }
  return files;
};

/**
 * Differences between the files of two releases. Sizes count from `minDelta` bytes on, as every rebuild moves some;
 * directories' sizes never do.
 */
export const diffContents = (before: string, after: string, minDelta = 1_000_000): FileChange[] => {
  const [old, fresh] = [parseContents(before), parseContents(after)];
  const paths = [...new Set([...old.keys(), ...fresh.keys()])].sort(compareText);
  return paths.flatMap(path => changesOf(path, old.get(path), fresh.get(path), minDelta));
};

const changesOf = (
  path: string,
  old: FileFacts | undefined,
  fresh: FileFacts | undefined,
  minDelta: number,
): FileChange[] => {
  if (old === undefined)
    return [{ path, kind: 'added', before: null, after: fresh?.mode ?? null, delta: fresh?.size ?? 0 }];
  if (fresh === undefined)
    return [{ path, kind: 'removed', before: old.mode, after: null, delta: -old.size }];
  const delta = fresh.size - old.size;
  const changed = (kind: FileChange['kind'], from: string | null, to: string | null): FileChange[] =>
    from === to ? [] : [{ path, kind, before: from, after: to, delta }];
  const grew = Math.abs(delta) >= minDelta && fresh.mode.startsWith('-');
  return [
    ...changed('mode', old.mode, fresh.mode),
    ...changed('owner', old.owner, fresh.owner),
    ...changed('link', old.link, fresh.link),
    ...(grew ? changed('size', String(old.size), String(fresh.size)) : []),
  ];
};
