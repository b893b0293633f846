import type { Arch } from '../../core/target.ts';

/** Where the project's CI keeps what it built, by architecture and version. */
export const buildCache = (arch: Arch, version: string): string =>
  `https://bincache.flatcar-linux.net/images/${arch}/${encodeURIComponent(version)}`;
