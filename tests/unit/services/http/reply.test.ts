import { describe, expect, it } from 'vitest';
import { bodyOf, fullAnswer } from '../../../../src/services/http/body.ts';
import { replyTo } from '../../../../src/services/http/reply.ts';

const body = bodyOf('0123456789');
const answer = { status: 200, headers: {}, body };

const asked = (method: string, headers: Record<string, string> = {}) => ({ method, headers });

describe('replyTo', () => {
  it('sends a part with its place', () => {
    const reply = replyTo(asked('GET', { range: 'bytes=2-4' }), answer);
    expect(reply).toMatchObject({ status: 206, part: { first: 2, last: 4 } });
    expect(reply.headers).toMatchObject({ 'content-range': 'bytes 2-4/10', 'content-length': '3' });
  });

  it('sends the whole when the file changed since', () => {
    const reply = replyTo(asked('GET', { range: 'bytes=2-4', 'if-range': '"old"' }), answer);
    expect(reply).toMatchObject({ status: 200, part: { first: 0, last: 9 } });
    expect(replyTo(asked('GET', { range: 'bytes=2-4', 'if-range': body.etag }), answer).status).toBe(206);
  });

  it('refuses a range that lies outside', () => {
    const reply = replyTo(asked('GET', { range: 'bytes=10-' }), answer);
    expect(reply).toMatchObject({ status: 416, part: undefined });
    expect(reply.headers['content-range']).toBe('bytes */10');
  });

  it('tells the size without the body for HEAD', () => {
    const reply = replyTo(asked('HEAD', { range: 'bytes=2-4' }), answer);
    expect(reply).toMatchObject({ status: 200, part: undefined });
    expect(reply.headers['content-length']).toBe('10');
  });

  it('does not cut an answer with a status of its own, or one to POST', () => {
    expect(replyTo(asked('GET', { range: 'bytes=2-4' }), { ...answer, status: 404 }).status).toBe(404);
    expect(replyTo(asked('POST', { range: 'bytes=2-4' }), answer).part).toEqual({ first: 0, last: 9 });
  });

  it('says nothing of length where there must be no body', () => {
    const reply = replyTo(asked('GET'), { ...answer, status: 204 });
    expect(reply.headers).not.toHaveProperty('content-length');
    expect(reply.part).toBeUndefined();
  });

  it("sends one content type, the answer's own, however it is spelt", async () => {
    const typed = await fullAnswer({ headers: { 'Content-Type': 'text/csv' }, body: new Uint8Array(3) });
    const names = Object.entries(replyTo(asked('GET'), typed).headers).filter(([name]) =>
      /^content-type$/i.test(name),
    );
    expect(names).toEqual([['content-type', 'text/csv']]);
  });
});
