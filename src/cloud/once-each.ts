/**
 * Makes what many machines share at most once for each word, also when several ask at the same time. What failed is
 * made again by the next who asks.
 */
export class OnceEach<T> {
  readonly #made = new Map<string, Promise<T>>();

  async get(word: string, make: () => Promise<T>): Promise<T> {
    const known = this.#made.get(word) ?? make();
    this.#made.set(word, known);
    try {
      return await known;
    } catch (error) {
      this.#made.delete(word);
      throw error;
    }
  }
}
