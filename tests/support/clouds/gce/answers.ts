import type { SimAnswer } from '../server.ts';

/** What Compute Engine and Cloud Storage say no with. */
export class GceError extends Error {
  readonly status: number;
  readonly reason: string;
  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export const json = (
  body: object,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): SimAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
  body: JSON.stringify(body),
});

export const refusal = (
  { status, reason, message }: Pick<GceError, 'status' | 'reason' | 'message'>,
  headers: Readonly<Record<string, string>> = {},
): SimAnswer =>
  json(
    { error: { code: status, message, errors: [{ message, domain: 'global', reason }] } },
    status,
    headers,
  );

export const notFound = (what: string): GceError =>
  new GceError(404, 'notFound', `The resource '${what}' was not found`);
