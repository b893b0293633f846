import { open } from 'node:fs/promises';
import type { Guest, GuestHost, GuestSpec } from './guests.ts';

/** Where the boot sector of tests/contract/boot-sector.ts keeps what it writes on the console. */
const textAt = 0x80;

/**
 * Machines without a processor: one "runs" the boot sector of the contract tests by looking for the text that it would
 * print in the bytes that were uploaded, so that a disk which did not arrive is seen. It has no SSH.
 */
export class PlayedGuests implements GuestHost {
  readonly running = new Map<string, Guest>();
  #count = 0;

  async start(spec: GuestSpec): Promise<Guest> {
    const text = await consoleText(spec.disk);
    this.#count += 1;
    const off = Promise.withResolvers<void>();
    const guest: Guest = {
      publicAddress: `198.51.100.${this.#count}`,
      privateAddress: `10.77.0.${this.#count}`,
      console: () => text,
      reboot: async () => {},
      kill: async () => {
        this.running.delete(spec.id);
        off.resolve();
      },
      off: off.promise,
    };
    this.running.set(spec.id, guest);
    return guest;
  }

  async close(): Promise<void> {
    for (const guest of this.running.values()) await guest.kill();
  }
}

/** What a disk would print when it is booted. */
export const consoleText = async (disk: string): Promise<string> => {
  await using file = await open(disk, 'r');
  const sector = Buffer.alloc(512);
  await file.read(sector, 0, 512, 0);
  if (sector.readUInt16LE(510) !== 0xaa55) return 'No bootable device.\n';
  return sector.subarray(textAt, sector.indexOf(0, textAt)).toString('latin1');
};
