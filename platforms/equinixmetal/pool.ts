/** Devices of this run that nobody uses: the next machine is installed on one of them instead of on a new one. */
export class Pool {
  readonly #idle = new Set<string>();
  readonly #lost = new Set<string>();
  readonly #keys = new Map<string, string>();

  /** The public key that the device was created with: the API cannot change it later. */
  note(device: string, key: string): void {
    this.#keys.set(device, key);
  }

  /** One that has this key and no other; '' = none. */
  take(key = ''): string | undefined {
    const found = [...this.#idle].find(device => (this.#keys.get(device) ?? '') === key);
    if (found !== undefined) this.#idle.delete(found);
    return found;
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
