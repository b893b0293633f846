import { UsageError } from '../../core/errors.ts';

/** An element with its attributes and content; text is kept in order beside children. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  text: string;
}

// Comment | CDATA | processing instruction | declaration | tag.
const markup =
  /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<(!)[^>]*>|<(\/?)([^\s/>"'<]+)((?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g;

/**
 * Reads the XML that test reports are made of. Document type declarations are refused: reports have none, and they
 * are how a file makes its reader load others. Errors name file and line.
 */
export const readXml = (file: string, text: string): XmlElement => new XmlReader(file, text).read();

class XmlReader {
  readonly #file: string;
  readonly #text: string;
  readonly #root: OpenElement = { name: '', attributes: new Map(), children: [], text: '' };
  readonly #stack = [this.#root];

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  read(): XmlElement {
    let at = 0;
    for (const match of this.#text.matchAll(markup)) {
      this.#plainText(at, match.index);
      this.#markup(match);
      at = match.index + match[0].length;
    }
    this.#plainText(at, this.#text.length);
    if (this.#stack.length > 1) this.#fail(this.#text.length, `<${this.#open.name}> is never closed`);
    const [only] = this.#root.children;
    if (only === undefined || this.#root.children.length > 1) {
      return this.#fail(0, 'expected exactly one root element');
    }
    return only;
  }

  get #open(): OpenElement {
    return this.#stack.at(-1) ?? this.#root;
  }

  #fail(offset: number, problem: string): never {
    const line = this.#text.slice(0, offset).split('\n').length;
    throw new UsageError('xml-corrupt', `${this.#file}:${line}: ${problem}`, {
      hint: 'the report is damaged; nothing of it was imported',
    });
  }

  #plainText(from: number, to: number): void {
    const text = this.#text.slice(from, to);
    if (text.includes('<')) this.#fail(from + text.indexOf('<'), 'a tag that does not end');
    this.#open.text += decode(text);
  }

  #markup(match: RegExpExecArray): void {
    const [, cdata, declaration, closing, name, attributes, selfClosing] = match;
    if (cdata !== undefined) this.#open.text += cdata;
    if (declaration !== undefined) this.#fail(match.index, 'document type declarations are not taken');
    if (name === undefined) return;
    if (closing === '/') {
      this.#close(name, match.index);
      return;
    }
    const element = { name, attributes: readAttributes(attributes ?? ''), children: [], text: '' };
    this.#open.children.push(element);
    if (selfClosing !== '/') this.#stack.push(element);
  }

  #close(name: string, offset: number): void {
    if (this.#stack.length < 2 || this.#open.name !== name) {
      this.#fail(offset, `</${name}> closes nothing that is open`);
    }
    this.#stack.pop();
  }
}

const readAttributes = (text: string): Map<string, string> =>
  new Map(
    [...text.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, name, double, single]) => [
      name ?? '',
      decode(double ?? single ?? ''),
    ]),
  );

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const decode = (text: string): string =>
  text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return entities[name] ?? whole;
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );
