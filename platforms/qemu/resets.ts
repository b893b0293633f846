import { ProductError } from '../../src/core/errors.ts';
import type { QmpEvent } from './qmp.ts';

/** More reboots than any scenario asks for: the guest does not come up, it goes round in circles. */
export const mostResets = 10;

/** Counts how often a guest started over. */
export class ResetCounter {
  #count = 0;

  /** The error that ends the machine, once it is too much. */
  see(event: QmpEvent, consoleText: () => string): ProductError | undefined {
    if (event.name !== 'RESET') return undefined;
    this.#count += 1;
    if (this.#count !== mostResets + 1) return undefined;
    const text = consoleText().split('\n').slice(-30).join('\n');
    return new ProductError(
      'boot-loop',
      `the machine started over ${this.#count} times: it boots in a loop`,
      {
        evidence: [{ source: 'console', text }],
      },
    );
  }
}
