/** Devices of this run that nobody uses: the next machine is installed on one of them instead of on a new one. */
export class Pool {
  readonly #idle = new Set<string>();
  readonly #lost = new Set<string>();

  take(): string | undefined {
    const [first] = this.#idle;
    if (first !== undefined) this.#idle.delete(first);
    return first;
  }

  giveBack(device: string): void {
    if (!this.#lost.has(device)) this.#idle.add(device);
  }

  /** The device is no more: it is not taken back either. */
  forget(device: string): void {
    this.#lost.add(device);
    this.#idle.delete(device);
  }
}
