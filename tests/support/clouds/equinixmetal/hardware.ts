/** A device as its hardware sees it. */
export interface BoardSpec {
  readonly id: string;
  readonly arch: 'amd64' | 'arm64';
  /** Public address: TCP port 9 of the installer and port 22 of the system are there. */
  readonly address: string;
  /** Its number in the project, from 0: what its private address follows from. */
  readonly number: number;
  /** The iPXE script that it is given now. */
  script(): string;
  alwaysPxe(): boolean;
  /** A new boot begins on the serial line. */
  began(): void;
  /** Text on the serial line. */
  say(text: string): void;
}

/** One device that is switched on. */
export interface Board {
  /** Power off and on again. */
  reset(): Promise<void>;
  /** Power off, for good. Fine to call twice. */
  off(): Promise<void>;
}

/** Switches devices on: played ones, or real ones in QEMU. */
export interface Hardware {
  start(spec: BoardSpec): Promise<Board>;
  close(): Promise<void>;
}
