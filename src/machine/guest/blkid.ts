import type { Machine } from '../../core/machine.ts';

/** `blkid -o export` as a record: TYPE, UUID, LABEL, PTUUID … */
export const parseBlkid = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split('\n').flatMap(line => {
      const at = line.indexOf('=');
      return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );

/** Asks the device itself, not the cache. */
export const blkid = async (machine: Machine, device: string): Promise<Readonly<Record<string, string>>> =>
  parseBlkid(await machine.run(`sudo blkid -c /dev/null -o export ${device}`));
