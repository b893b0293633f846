import { Refusal } from '../refusal.ts';
import { json } from '../rest.ts';
import type { SimAnswer } from '../server.ts';

/** The form in which Compute Engine and Cloud Storage refuse. */
export const refusal = (
  { status, code: reason, message }: Pick<Refusal, 'status' | 'code' | 'message'>,
  headers: Readonly<Record<string, string>> = {},
): SimAnswer =>
  json(
    status,
    { error: { code: status, message, errors: [{ message, domain: 'global', reason }] } },
    headers,
  );

export const notFound = (what: string): Refusal =>
  new Refusal(404, 'notFound', `The resource '${what}' was not found`);
