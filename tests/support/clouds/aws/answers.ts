import type { SimAnswer } from '../server.ts';
import { toXml } from './query.ts';

/** What EC2 says no with. */
export class Ec2Error extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export const xmlAnswer = (status: number, body: string): SimAnswer => ({
  status,
  headers: { 'content-type': 'text/xml;charset=UTF-8' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
});

export const ec2Refusal = (code: string, message: string, status: number): SimAnswer =>
  xmlAnswer(
    status,
    `<Response><Errors><Error>${toXml({ Code: code, Message: message })}</Error></Errors><RequestID>r-1</RequestID></Response>`,
  );
