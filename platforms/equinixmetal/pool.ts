/** Devices of this run that nobody uses: the next machine is installed on one of them instead of on a new one. */
export class Pool {
  readonly #idle: string[] = [];

  take(): string | undefined {
    return this.#idle.shift();
  }

  giveBack(device: string): void {
    if (!this.#idle.includes(device)) this.#idle.push(device);
  }

  /** The device is no more, or cannot be trusted. */
  forget(device: string): void {
    const at = this.#idle.indexOf(device);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}
