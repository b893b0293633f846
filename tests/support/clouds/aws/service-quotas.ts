import { z } from 'zod';
import type { Effect } from '../faults.ts';
import type { SimAnswer, SimRequest } from '../server.ts';

const target = 'ServiceQuotasV20190624';
const contentType = 'application/x-amz-json-1.1';

const answer = (status: number, body: object): SimAnswer => ({
  status,
  headers: { 'content-type': contentType },
  body: JSON.stringify(body),
});

const refusal = (code: string, message: string, status = 400): SimAnswer =>
  answer(status, { __type: code, Message: message });

const words: Readonly<Partial<Record<Effect, readonly [status: number, code: string]>>> = {
  throttle: [400, 'TooManyRequestsException'],
  credentials: [400, 'UnrecognizedClientException'],
  permission: [400, 'AccessDeniedException'],
};

/** What Service Quotas says no with. */
export const quotasRefusal = (effect: Effect): SimAnswer => {
  const [status, code] = words[effect] ?? [500, 'ServiceException'];
  return refusal(code, `simulated ${effect}`, status);
};

/** Undefined = the request is for another service. */
export const quotasActionOf = ({ headers }: SimRequest): string | undefined => {
  const [service, action = 'Unknown'] = (headers['x-amz-target'] ?? '').split('.');
  return service === target ? action : undefined;
};

/** No description of the service is at hand: what it is sent is checked here. */
const requestSchema = z.strictObject({ ServiceCode: z.string(), QuotaCode: z.string() });

/** The quotas of EC2 that count vCPUs, over the JSON 1.1 protocol. */
export class ServiceQuotas {
  readonly #limits: () => ReadonlyMap<string, number>;

  /** Quota code → vCPUs. */
  constructor(limits: () => ReadonlyMap<string, number>) {
    this.#limits = limits;
  }

  readonly handle = async (request: SimRequest): Promise<SimAnswer> => {
    if (request.method !== 'POST' || request.headers['content-type'] !== contentType)
      return refusal('SerializationException', `expected POST and ${contentType}`);
    if (quotasActionOf(request) !== 'GetServiceQuota')
      return refusal('UnknownOperationException', `no such call: ${request.headers['x-amz-target']}`);
    const asked = requestSchema.safeParse(JSON.parse(request.body.toString('utf8')));
    if (!asked.success) return refusal('ValidationException', z.prettifyError(asked.error));
    const { ServiceCode, QuotaCode } = asked.data;
    const limit = ServiceCode === 'ec2' ? this.#limits().get(QuotaCode) : undefined;
    if (limit === undefined)
      return refusal('NoSuchResourceException', `The request failed because ${QuotaCode} does not exist.`);
    return answer(200, {
      Quota: {
        ServiceCode,
        ServiceName: 'Amazon Elastic Compute Cloud (Amazon EC2)',
        QuotaCode,
        QuotaName: 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances',
        Value: limit,
        Unit: 'None',
        Adjustable: true,
        GlobalQuota: false,
      },
    });
  };
}
