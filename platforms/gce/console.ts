import type { SerialPortOutput } from './api.ts';
import type { GceCloud } from './connect.ts';
import { splitZonal } from './kinds.ts';
import { compute } from './requests.ts';

/** The serial consoles of machines: each look asks for what is new only. The service keeps the last 1 MiB. */
export class SerialPorts {
  readonly #cloud: GceCloud;
  readonly #seen = new Map<string, { readonly text: string; readonly next: number }>();

  constructor(cloud: GceCloud) {
    this.#cloud = cloud;
  }

  /** Everything so far. */
  async read(id: string, signal: AbortSignal): Promise<string> {
    const { zone, name } = splitZonal(id);
    const seen = this.#seen.get(id) ?? { text: '', next: 0 };
    const request = { zone, instance: name, port: 1, start: seen.next };
    const output = await compute<SerialPortOutput>(
      this.#cloud,
      'instances',
      'getSerialPortOutput',
      request,
      signal,
    );
    const start = Number(output.start ?? seen.next);
    const gap = start > seen.next ? '\n[kola: console text is missing here]\n' : '';
    const text = `${seen.text}${gap}${output.contents ?? ''}`;
    this.#seen.set(id, { text, next: Number(output.next ?? seen.next) });
    return text;
  }
}
