/** A stretch of text on one line. Carriage returns split a line into several, as each overwrites the one before. */
export interface Piece {
  readonly text: string;
  /** 1-based number of the line in the saved file. */
  readonly line: number;
}

/** Control sequences of terminals: colours and cursor (CSI), titles (OSC), the rest; and NUL of serial lines. */
const controls = new RegExp(
  [
    String.raw`\x1b\[[0-?]*[ -/]*[@-~]`,
    String.raw`\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)`,
    String.raw`\x1b[ -/]*[0-~]`,
    String.raw`\x00`,
  ].join('|'),
  'g',
);

/** Text without colours, cursor movements and terminal titles. */
export const plainText = (text: string): string =>
  text.includes('\u001b') || text.includes('\u0000') ? text.replace(controls, '') : text;

/**
 * Longest stretch that is looked at. Boot loaders draw whole screens without a line break, and patterns with two
 * wildcards need quadratic time.
 */
const maxPiece = 8192;

/** Cuts a stream of text into lines as it comes. */
export class LineCutter {
  #rest = '';
  #line = 1;

  /** Pieces that are complete now. */
  feed(chunk: string): Piece[] {
    const pieces: Piece[] = [];
    const text = this.#rest + chunk;
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#cut(text.slice(start, end), pieces);
      this.#line++;
      start = end + 1;
    }
    this.#rest = text.slice(start);
    this.#shortenRest(pieces);
    return pieces;
  }

  /** What stands on the last line so far: a prompt has no line break. */
  get pending(): Piece | undefined {
    const text = plainText(this.#rest.replaceAll('\r', ''));
    return text === '' ? undefined : { text, line: this.#line };
  }

  /** Ends the last line. */
  end(): Piece[] {
    const pieces: Piece[] = [];
    this.#cut(this.#rest, pieces);
    this.#rest = '';
    return pieces;
  }

  /** A line that is overwritten again and again (a spinner) never ends: its older texts leave early. */
  #shortenRest(pieces: Piece[]): void {
    // A final \r may belong to a \r\n whose other half is to come.
    const overwrite = this.#rest.lastIndexOf('\r', this.#rest.length - 2);
    if (overwrite > 0) {
      this.#cut(this.#rest.slice(0, overwrite), pieces);
      this.#rest = this.#rest.slice(overwrite + 1);
    }
    if (this.#rest.length > maxPiece) pieces.push(...this.end());
  }

  #cut(line: string, into: Piece[]): void {
    const stretches = line.includes('\r') ? line.split('\r') : [line];
    for (const stretch of stretches) {
      const text = plainText(stretch).slice(0, maxPiece);
      if (text !== '') into.push({ text, line: this.#line });
    }
  }
}
