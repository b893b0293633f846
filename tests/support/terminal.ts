/** A terminal of a given size that keeps what is on its screen and above it, as far as kola's output needs one. */
export class Terminal {
  readonly columns: number;
  readonly rows: number;
  readonly lines: string[] = [''];
  cursorVisible = true;
  /** Bytes of the longest line that was written without being wrapped. */
  widest = 0;
  writes = 0;
  private row = 0;
  private column = 0;

  constructor(columns = 80, rows = 24) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    this.writes += 1;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences begin with one
    for (const [token] of text.matchAll(/\u001b\[[?\d;]*[A-Za-z]|[^\u001b]/gu)) this.apply(token);
  }

  private apply(token: string): void {
    if (token === '\n') {
      this.row += 1;
      this.column = 0;
      if (this.row === this.lines.length) this.lines.push('');
    } else if (token === '\r') this.column = 0;
    else if (token.length > 1 && token.startsWith('\u001b')) this.control(token.slice(2));
    else this.put(token);
  }

  private control(sequence: string): void {
    const count = Number.parseInt(sequence, 10);
    if (sequence === '?25l') this.cursorVisible = false;
    else if (sequence === '?25h') this.cursorVisible = true;
    else if (sequence.endsWith('A')) this.row -= count;
    else if (sequence === 'J') {
      this.lines.length = this.row + 1;
      this.lines[this.row] = (this.lines[this.row] ?? '').slice(0, this.column);
    } else if (!sequence.endsWith('m')) throw new Error(`unknown control sequence ${sequence}`);
    if (this.row < 0) throw new Error('the cursor left the screen');
  }

  private put(character: string): void {
    const line = this.lines[this.row] ?? '';
    this.lines[this.row] = line.slice(0, this.column) + character + line.slice(this.column + 1);
    this.column += 1;
    this.widest = Math.max(this.widest, this.column);
  }

  get text(): string {
    return this.lines.join('\n');
  }
}
