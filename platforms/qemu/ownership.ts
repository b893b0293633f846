import type { MachineId } from '../../src/core/ids.ts';
import type { Created, Ledger } from '../../src/core/ledger.ts';

interface Owned {
  readonly kind: string;
  readonly name: string;
  /** Set once the thing exists. */
  undo: (() => Promise<void>) | undefined;
}

/**
 * Everything that was made for one machine, each thing in the ledger before it exists. Undone in reverse order; what
 * could not be undone stays, here and in the ledger, for another try.
 */
export class Ownership {
  readonly #ledger: Ledger;
  readonly #machine: MachineId;
  readonly #owned: Owned[] = [];

  constructor(ledger: Ledger, machine: MachineId) {
    this.#ledger = ledger;
    this.#machine = machine;
  }

  async own<T>(
    what: { readonly kind: string; readonly name: string },
    create: () => Promise<Created<T>>,
    undo: (value: T) => Promise<void>,
  ): Promise<T> {
    const own: Owned = { ...what, undo: undefined };
    this.#owned.push(own);
    const { value } = await this.#ledger.own({ ...what, machine: this.#machine }, async () => {
      const created = await create();
      // Known here even when the ledger then fails to write the id down.
      own.undo = () => undo(created.value);
      return created;
    });
    return value;
  }

  /** For what cannot outlive this process, and therefore is not in the ledger. */
  hold(name: string, undo: () => Promise<void>): void {
    this.#owned.push({ kind: '', name, undo });
  }

  /** Undoes one thing before its turn. */
  async drop(name: string): Promise<void> {
    const index = this.#owned.findLastIndex(own => own.name === name);
    const own = this.#owned[index];
    if (own === undefined) return;
    await this.#undo(own);
    this.#owned.splice(this.#owned.indexOf(own), 1);
  }

  /** Undoes everything, also when a part resists; then throws what that part threw. */
  async dropAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const own of this.#owned.toReversed()) {
      try {
        await this.#undo(own);
        this.#owned.splice(this.#owned.indexOf(own), 1);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  async #undo({ kind, name, undo }: Owned): Promise<void> {
    await undo?.();
    const entries = this.#ledger.open().filter(entry => entry.kind === kind && entry.name === name);
    for (const { entry } of entries) await this.#ledger.release(entry);
  }
}
