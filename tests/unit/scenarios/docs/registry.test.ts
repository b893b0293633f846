import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { registry } from '../../../../scenarios/docs/_registry.ts';
import type { HttpAnswer, HttpRequest } from '../../../../src/core/services.ts';

const account = { user: 'kola', password: 'word' };
const right = `Basic ${Buffer.from('kola:word').toString('base64')}`;

interface Asked {
  readonly body?: string;
  readonly authorization?: string;
  readonly type?: string;
}

const request = (
  method: string,
  url: string,
  { body = '', authorization = right, type }: Asked,
): HttpRequest => {
  const { pathname, searchParams } = new URL(url, 'http://registry');
  return {
    method,
    path: pathname,
    query: searchParams,
    headers: { authorization, ...(type === undefined ? {} : { 'content-type': type }) },
    body: Buffer.from(body),
    signal: new AbortController().signal,
  };
};

interface Seen {
  readonly status: number;
  readonly body: string;
  readonly location: string;
}

const seen = (answer: HttpAnswer): Seen => {
  if (typeof answer === 'string' || answer instanceof Uint8Array)
    return { status: 200, body: Buffer.from(answer).toString(), location: '' };
  return {
    status: answer.status ?? 200,
    body: Buffer.from(answer.body ?? '').toString(),
    location: answer.headers?.Location ?? '',
  };
};

const client = () => {
  const answer = registry(account);
  return (method: string, url: string, asked: Asked = {}): Seen => seen(answer(request(method, url, asked)));
};
const digest = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('the registry of a scenario', () => {
  test('knows its account alone', () => {
    const ask = client();
    expect(ask('GET', '/v2/').status).toBe(200);
    for (const authorization of ['', 'Basic x', `Basic ${Buffer.from('kola:other').toString('base64')}`])
      expect(ask('GET', '/v2/', { authorization }).status).toBe(401);
  });

  test('gives back a blob that came in pieces, and takes none whose digest is another', () => {
    const ask = client();
    const upload = (): string => ask('POST', '/v2/a/b/blobs/uploads/').location;
    const place = upload();
    expect(ask('PATCH', place, { body: 'one ' }).status).toBe(202);
    expect(ask('PATCH', place, { body: 'two' }).status).toBe(202);
    expect(ask('PUT', `${place}?digest=${digest('one two')}`).status).toBe(201);
    expect(ask('GET', `/v2/a/b/blobs/${digest('one two')}`).body).toBe('one two');
    const other = upload();
    ask('PATCH', other, { body: 'three' });
    expect(ask('PUT', `${other}?digest=${digest('four')}`).status).toBe(400);
    expect(ask('HEAD', `/v2/a/b/blobs/${digest('four')}`).status).toBe(404);
  });

  test('gives a manifest by tag and by digest', () => {
    const ask = client();
    expect(ask('GET', '/v2/a/b/manifests/1').status).toBe(404);
    expect(ask('PUT', '/v2/a/b/manifests/1', { body: '{}', type: 'x/y' }).status).toBe(201);
    expect(ask('GET', '/v2/a/b/manifests/1').body).toBe('{}');
    expect(ask('GET', `/v2/a/b/manifests/${digest('{}')}`).body).toBe('{}');
    expect(ask('GET', '/v2/a/c/manifests/1').status).toBe(404);
  });
});
