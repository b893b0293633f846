import type { Additions } from './additions.ts';
import { dataUrl, decodeDataUrl } from './ignition/data-url.ts';

/** What the placeholders stand for where the platform has no variables of its own. */
const customVariables = {
  publicIPv4: '$' + '{COREOS_CUSTOM_PUBLIC_IPV4}',
  privateIPv4: '$' + '{COREOS_CUSTOM_PRIVATE_IPV4}',
};

const placeholder = /\$(?:public|private)_ipv4\b/;

/** Replaces `$public_ipv4` and `$private_ipv4` in a text. */
export const substituteAddresses = (text: string, additions: Additions): string => {
  const variables = additions.addressVariables ?? customVariables;
  return text
    .replaceAll(/\$public_ipv4\b/g, () => variables.publicIPv4)
    .replaceAll(/\$private_ipv4\b/g, () => variables.privateIPv4);
};

/** The same in every string of a document, also inside data URLs of plain text; the rest stays byte for byte. */
export const substituteInDocument = <T>(value: T, additions: Additions): T => {
  if (typeof value === 'string') return substituteInString(value, additions) as T;
  if (Array.isArray(value)) return value.map(entry => substituteInDocument(entry, additions)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, substituteInDocument(entry, additions)]),
  ) as T;
};

const substituteInString = (text: string, additions: Additions): string => {
  const bytes = decodeDataUrl(text);
  if (bytes === undefined) return substituteAddresses(text, additions);
  const decoded = Buffer.from(bytes).toString('utf8');
  return placeholder.test(decoded) ? dataUrl(substituteAddresses(decoded, additions)) : text;
};
