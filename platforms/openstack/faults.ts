import type { FaultCodes } from '../../src/cloud/fault.ts';
import { readHttpFault } from '../../src/cloud/http.ts';

/** Neutron's types of errors, and words of our own for what the other services only say in a sentence. */
export const faultCodes: FaultCodes = {
  OverQuota: 'quota',
  QuotaExceeded: 'quota',
  overLimit: 'throttled',
  NoValidHost: 'capacity',
  IpAddressGenerationFailure: 'capacity',
  ExternalIpAddressExhausted: 'capacity',
  AlreadyExists: 'exists',
  SecurityGroupRuleExists: 'exists',
  InUse: 'busy',
};

const sentences: readonly (readonly [RegExp, string])[] = [
  [/quota|maximum number of .* (allowed|exceeded)/i, 'QuotaExceeded'],
  [/no valid host/i, 'NoValidHost'],
  [/already exists|already has a port on subnet/i, 'AlreadyExists'],
  [/volume status must be|volume is still attached/i, 'InUse'],
];

/** A page of the web framework that older Glance and proxies of the services answer with. */
const frameworkPage = /<title>(\d{3}) ([^<]+)<\/title>[\s\S]*<h1>/;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

interface Word {
  readonly code?: string;
  readonly message?: string;
}

/** `{ NeutronError: { type, message } }`, `{ forbidden: { code, message } }`, `{ message, code, title }`, or a page. */
export const wordOf = (body: unknown, status: number): Word => {
  const { code, message } = plainWord(body, status);
  const said = message !== undefined && status < 500 && status !== 429 ? codeOf(message) : undefined;
  const last = said ?? code;
  return {
    ...(last === undefined ? {} : { code: last }),
    ...(message === undefined ? {} : { message }),
  };
};

const plainWord = (body: unknown, status: number): Word => {
  if (typeof body === 'string') return pageWord(body, status);
  if (!isObject(body)) return {};
  if (typeof body.message === 'string') return { message: tagless(body.message) };
  const [first] = Object.entries(body);
  if (first === undefined) return {};
  const [name, inner] = first;
  if (!isObject(inner)) return { code: name, message: textOf(inner) ?? name };
  const code = textOf(inner.type) ?? textOf(inner.title) ?? name;
  return { code, message: textOf(inner.message) ?? name };
};

const pageWord = (body: string, status: number): Word => {
  const [, code, title] = frameworkPage.exec(body) ?? [];
  if (code !== String(status)) return {};
  const said = tagless(body.replace(/[\s\S]*<\/h1>/, '')) || (title ?? '');
  return { message: said };
};

const tagless = (text: string): string =>
  text
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

const codeOf = (message: string): string | undefined =>
  sentences.find(([pattern]) => pattern.test(message))?.[1];

export const readFault = readHttpFault(wordOf);
