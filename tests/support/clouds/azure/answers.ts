import type { SimAnswer } from '../server.ts';

/** What the Resource Manager says no with. */
export class ArmError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const json = (
  body: object,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): SimAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(body),
});

export const refusal = (
  { status, code, message }: Pick<ArmError, 'status' | 'code' | 'message'>,
  headers: Readonly<Record<string, string>> = {},
): SimAnswer => json({ error: { code, message } }, status, headers);
