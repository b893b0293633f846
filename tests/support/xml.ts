export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlNode[];
  text: string;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const name = /[A-Za-z_][\w.-]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly what XML 1.0 forbids
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** A strict reader of the XML that reports are written in: throws at whatever is not well-formed. */
export const parseXml = (source: string): XmlNode => {
  if (forbidden.test(source)) throw new Error('a character that XML forbids');
  if (!source.isWellFormed()) throw new Error('a lone surrogate');
  let at = 0;
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at}: ${source.slice(Math.max(0, at - 40), at + 40)}`);
  };
  const eat = (text: string): boolean => {
    if (!source.startsWith(text, at)) return false;
    at += text.length;
    return true;
  };
  const need = (text: string): void => {
    if (!eat(text)) fail(`expected ${text}`);
  };
  const space = (): void => {
    while (/\s/.test(source[at] ?? '')) at += 1;
  };
  const until = (end: string): string => {
    const found = source.indexOf(end, at);
    if (found < 0) fail(`no ${end}`);
    const text = source.slice(at, found);
    at = found + end.length;
    return text;
  };
  const word = (): string => {
    name.lastIndex = at;
    const match = name.exec(source) ?? fail('expected a name');
    at += match[0].length;
    return match[0];
  };
  const decode = (raw: string): string => {
    if (raw.includes('<')) fail('a < in text');
    return raw.replace(/&([^;&]*;?)/g, (_all, body: string) => {
      const code = /^#(\d+|x[0-9a-fA-F]+);$/.exec(body)?.[1];
      if (code !== undefined) return String.fromCodePoint(Number(code.replace(/^x/, '0x')));
      return entities[body.slice(0, -1)] ?? fail(`unknown entity &${body}`);
    });
  };
  const element = (): XmlNode => {
    need('<');
    const node: XmlNode = { name: word(), attributes: {}, children: [], text: '' };
    const attributes = node.attributes as Record<string, string>;
    for (space(); !source.startsWith('>', at) && !source.startsWith('/>', at); space()) {
      const key = word();
      if (key in attributes) fail(`twice ${key}`);
      need('="');
      attributes[key] = decode(until('"'));
    }
    if (eat('/>')) return node;
    need('>');
    while (!source.startsWith('</', at)) {
      if (eat('<![CDATA[')) node.text += until(']]>');
      else if (source.startsWith('<', at)) node.children.push(element());
      else {
        const next = source.indexOf('<', at);
        if (next < 0) fail('text after the last element');
        const raw = source.slice(at, next);
        if (raw.includes(']]>')) fail(']]> in text');
        node.text += decode(raw);
        at = next;
      }
    }
    need(`</${node.name}`);
    space();
    need('>');
    return node;
  };
  if (eat('<?xml')) until('?>');
  space();
  const root = element();
  space();
  if (at < source.length) fail('something after the root element');
  return root;
};

/** Every element of that name below `node`, in document order. */
export const findAll = (node: XmlNode, wanted: string): XmlNode[] =>
  node.children.flatMap(child => [...(child.name === wanted ? [child] : []), ...findAll(child, wanted)]);
