import type { SimAnswer, SimRequest } from '../server.ts';
import { readSpec } from '../specs.ts';

/** Google's discovery document, as far as it is read here. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
}

interface Method {
  readonly parameters?: Readonly<Record<string, Schema & { readonly location: string }>>;
  readonly request?: { readonly $ref: string };
  readonly response?: { readonly $ref: string };
}

interface Discovery {
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly resources: Readonly<Record<string, { readonly methods: Readonly<Record<string, Method>> }>>;
}

export type TrafficCheck = (request: SimRequest, action: string, answer: SimAnswer) => readonly string[];

/** The description in use leaves these out. */
const undescribed = new Set(['images.setLabels', 'firewalls.patch', 'disks.aggregatedList']);

/** Parameters of every method. */
const general = new Set(['$alt', 'alt', 'prettyPrint', 'fields', 'key', 'quotaUser']);

/** Undefined when no API descriptions were given. */
export const trafficCheck = (): TrafficCheck | undefined => {
  const discovery = readSpec<Discovery>('gce-compute.subset.json');
  if (discovery === undefined) return undefined;
  return (request, action, answer) => {
    const [api, name = ''] = action.split(' ');
    if (api !== 'compute' || undescribed.has(name)) return [];
    const [service = '', verb = ''] = name.split('.');
    const method = discovery.resources[service]?.methods[verb];
    if (method === undefined) return [`${action}: no such method in the description`];
    return problems(discovery, method, request, answer).map(problem => `${action}: ${problem}`);
  };
};

const problems = (
  discovery: Discovery,
  method: Method,
  { url, body }: SimRequest,
  answer: SimAnswer,
): readonly string[] => {
  const query = [...url.searchParams].flatMap(([key, value]) => {
    const parameter = method.parameters?.[key];
    if (parameter === undefined)
      return general.has(key.split(';')[0] ?? '') ? [] : [`unknown parameter ${key}`];
    return parameter.pattern === undefined || new RegExp(`^(${parameter.pattern})$`).test(value)
      ? []
      : [`parameter ${key}: ${value}`];
  });
  const asked =
    method.request === undefined
      ? body.length > 0 && body.toString('utf8') !== '{}'
        ? ['request: a body where none belongs']
        : []
      : check(discovery, method.request, JSON.parse(body.toString('utf8')), 'request');
  if (answer.status >= 300) return [...query, ...asked];
  const said: unknown = JSON.parse(Buffer.from(answer.body ?? '{}').toString('utf8'));
  return [...query, ...asked, ...check(discovery, method.response ?? {}, said, 'answer')];
};

const plain: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
};

const check = (discovery: Discovery, schema: Schema, value: unknown, path: string): readonly string[] => {
  if (schema.$ref !== undefined) return check(discovery, discovery.schemas[schema.$ref] ?? {}, value, path);
  if (schema.type === 'array')
    return Array.isArray(value)
      ? value.flatMap((item, index) => check(discovery, schema.items ?? {}, item, `${path}[${index}]`))
      : [`${path}: expected a list`];
  if (schema.type === 'object') return checkObject(discovery, schema, value, path);
  const wanted = plain[schema.type ?? ''];
  if (wanted !== undefined && typeof value !== wanted)
    return [`${path}: expected ${wanted}, found ${typeof value}`];
  if (schema.enum !== undefined && !schema.enum.includes(String(value)))
    return [`${path}: ${String(value)} is not in the enumeration`];
  return schema.pattern === undefined || new RegExp(`^(${schema.pattern})$`).test(String(value))
    ? []
    : [`${path}: ${String(value)} does not match ${schema.pattern}`];
};

const checkObject = (
  discovery: Discovery,
  schema: Schema,
  value: unknown,
  path: string,
): readonly string[] => {
  if (typeof value !== 'object' || value === null) return [`${path}: expected an object`];
  return Object.entries(value).flatMap(([key, inner]) => {
    const own = schema.properties?.[key] ?? schema.additionalProperties;
    return own === undefined
      ? [`${path}: unknown key ${key}`]
      : check(discovery, own, inner, `${path}.${key}`);
  });
};
