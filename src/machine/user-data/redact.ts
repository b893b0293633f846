import { decodeDataUrl, gunzipIfPacked } from './ignition/data-url.ts';

const space = '(?:%20|[ +])';
/** A PEM private key of any kind, also percent-encoded or cut short. */
const pem = new RegExp(
  `-----BEGIN${space}(?:[A-Z0-9]+${space})*PRIVATE${space}KEY-----[\\s\\S]*?(?:-----END${space}(?:[A-Z0-9]+${space})*PRIVATE${space}KEY-----|$)`,
  'g',
);
/** crypt(3) strings as they stand in shadow. */
const cryptHash = /\$(?:1|2[abxy]?|5|6|7|y|gy|sha1|argon2[id]{1,2})\$[./A-Za-z0-9$=,+]{8,}/g;
/** WireGuard's keys, and `password = …` of configuration files. */
const assignment =
  /^(\s*(?:PrivateKey|PresharedKey|pass(?:word|wd|phrase)|passwordHash|secret|token)\s*[=:]\s*)(\S.*)$/gim;
/** At least 24 bytes in base64, perhaps wrapped and indented over several lines. */
const base64 = /[A-Za-z0-9+/]{32,}(?:\s*[A-Za-z0-9+/]{4,})*={0,2}/g;

const mark = (what: string): string => `<redacted ${what}>`;

/** Values that are secret by the name of their key, in any version of Ignition. */
const secretKeys = new Set(['passwordHash', 'passwd', 'password']);

/** A redactor that also knows these secrets by heart. */
export const redactor = (known: readonly string[] = []): Redactor => {
  const lines = known
    .flatMap(secret => secret.split('\n').map(line => line.trim()))
    .filter(line => line.length >= 16 && !line.startsWith('-----'));

  const withoutKnown = (text: string): string =>
    lines.reduce((result, line) => result.replaceAll(line, mark('private key')), text);

  const plain = (text: string): string =>
    withoutKnown(
      text
        .replaceAll(pem, mark('private key'))
        .replaceAll(cryptHash, mark('password hash'))
        .replaceAll(assignment, (_, name: string) => `${name}${mark('value')}`),
    );

  const packed = (blob: string): string => {
    const bytes = gunzipIfPacked(Buffer.from(blob.replaceAll(/\s/g, ''), 'base64'));
    const inside = Buffer.from(bytes).toString('latin1');
    return text(inside) === inside ? blob : mark('base64');
  };

  const text = (input: string): string => {
    const url = decodeDataUrl(input);
    if (url === undefined) return plain(input.replaceAll(base64, packed));
    const inside = Buffer.from(gunzipIfPacked(url)).toString('utf8');
    const clean = plain(inside.replaceAll(base64, packed));
    return clean === inside ? input : `data:,${encodeURIComponent(clean)}`;
  };

  const value = (input: unknown, key?: string): unknown => {
    if (typeof input === 'string')
      return key !== undefined && secretKeys.has(key) ? mark('password hash') : text(input);
    if (Array.isArray(input)) return input.map(entry => value(entry));
    if (typeof input !== 'object' || input === null) return input;
    if (key === 'keyFile') return { source: mark('key file') };
    return Object.fromEntries(
      Object.entries(input).map(([name, entry]) => [name, member(input, name, entry)]),
    );
  };

  /** The value of an HTTP header is as good as a password. */
  const member = (parent: object, name: string, entry: unknown): unknown =>
    name === 'value' && 'name' in parent ? mark('header') : value(entry, name);

  return { text, document: value };
};

export interface Redactor {
  /** A text of any format. */
  text(input: string): string;
  /** A JSON document. */
  document(input: unknown): unknown;
}
