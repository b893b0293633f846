import {
  DOMImplementation,
  DOMParser,
  type Element,
  onWarningStopParsing,
  XMLSerializer,
} from '@xmldom/xmldom';

/** An element as plain data. Text is left out: Omaha keeps everything in attributes. */
export interface XmlElement {
  readonly name: string;
  /** Undefined ones are not written. */
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly children: readonly XmlElement[];
}

/** The document is no XML, or not what was expected of it. */
export class XmlError extends Error {
  override name = 'XmlError';
}

/** A real request has a dozen elements; thousands of nested ones only cost time. */
const mostElements = 5000;
const deepest = 20;

/** Throws {@link XmlError} for anything that is not a small, well-formed document without a DOCTYPE. */
export const parseXml = (text: string): XmlElement => {
  if (text.split('<', mostElements + 1).length > mostElements) throw new XmlError('too many elements');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids these and the parser lets them pass
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text))
    throw new XmlError('control characters');
  if (/<!DOCTYPE/i.test(text)) throw new XmlError('a DOCTYPE is not allowed');
  const root = parseDocument(text);
  if (root === null) throw new XmlError('no root element');
  return plain(root, 1);
};

const parseDocument = (text: string): Element | null => {
  try {
    return new DOMParser({ onError: onWarningStopParsing, locator: false }).parseFromString(text, 'text/xml')
      .documentElement;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new XmlError(message.slice(0, 200), { cause: error });
  }
};

const plain = (element: Element, depth: number): XmlElement => {
  if (depth > deepest) throw new XmlError('elements are nested too deeply');
  return {
    name: element.tagName,
    attributes: Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value])),
    children: [...element.childNodes].filter(isElement).map(child => plain(child, depth + 1)),
  };
};

const isElement = (node: { readonly nodeType: number }): node is Element => node.nodeType === 1;

export const writeXml = (root: XmlElement): string => {
  const document = new DOMImplementation().createDocument(null, root.name);
  if (document.documentElement === null) throw new TypeError('a document without a root');
  fill(document.documentElement, root);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(document)}\n`;
};

const fill = (element: Element, { attributes, children }: XmlElement): void => {
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) element.setAttribute(name, value);
  for (const child of children) {
    const made = element.ownerDocument?.createElement(child.name);
    if (made === undefined) throw new TypeError('an element without a document');
    element.appendChild(made);
    fill(made, child);
  }
};

export const element = (
  name: string,
  attributes: XmlElement['attributes'] = {},
  children: readonly XmlElement[] = [],
): XmlElement => ({ name, attributes, children });

export const childrenNamed = (parent: XmlElement, name: string): XmlElement[] =>
  parent.children.filter(child => child.name === name);

export const childNamed = (parent: XmlElement, name: string): XmlElement | undefined =>
  parent.children.find(child => child.name === name);

/** An attribute that must be a whole number; `otherwise` when it is not there. */
export const integer = ({ name, attributes }: XmlElement, attribute: string, otherwise: number): number => {
  const text = attributes[attribute];
  if (text === undefined || text === '') return otherwise;
  if (!/^-?\d{1,10}$/.test(text))
    throw new XmlError(`${attribute} of ${name} is a whole number, not "${text.slice(0, 40)}"`);
  return Number(text);
};
