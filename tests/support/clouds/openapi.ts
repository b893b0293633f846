import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { SimAnswer, SimRequest } from './server.ts';
import { readSpec } from './specs.ts';

interface Described {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

interface Operation {
  readonly requestBody?: Described;
  readonly responses: Readonly<Record<string, Described>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

type TrafficCheck = (request: SimRequest, action: string, answer: SimAnswer) => readonly string[];

/** Checks JSON traffic against an OpenAPI 3.0 description; undefined when none was given. */
export const openApiCheck = (file: string): TrafficCheck | undefined => {
  const spec = readSpec<OpenApi>(file);
  if (spec === undefined) return undefined;
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats.default(ajv);
  ajv.addSchema({ ...spec, $id: 'spec:' });
  const known = new Map<string, ValidateFunction>();
  const errorsOf = (pointer: string, value: unknown): readonly string[] => {
    const validate = known.get(pointer) ?? ajv.compile({ $ref: `spec:#${pointer}` });
    known.set(pointer, validate);
    if (validate(value) === true) return [];
    return (validate.errors ?? []).map(error => `${error.instancePath} ${error.message ?? ''}`);
  };
  return (request, action, answer) => {
    const path = Object.keys(spec.paths).find(one => matches(one, request.url.pathname));
    const operation = path === undefined ? undefined : spec.paths[path]?.[request.method.toLowerCase()];
    if (path === undefined || operation === undefined)
      return [`${action}: no such operation in the description`];
    const base = `/paths/${pointerPart(path)}/${request.method.toLowerCase()}`;
    const asked =
      request.body.length === 0
        ? []
        : jsonErrors(spec, `${base}/requestBody`, request.body.toString('utf8'), errorsOf);
    const status = String(answer.status);
    const described = operation.responses[status] === undefined ? undefined : `${base}/responses/${status}`;
    const said =
      described === undefined
        ? answer.status < 300
          ? [`status ${status} is not described`]
          : []
        : jsonErrors(spec, described, String(answer.body ?? ''), errorsOf);
    return [
      ...asked.map(problem => `${action}: request: ${problem}`),
      ...said.map(problem => `${action}: answer: ${problem}`),
    ];
  };
};

const pointerPart = (text: string): string => text.replaceAll('~', '~0').replaceAll('/', '~1');

const matches = (template: string, path: string): boolean =>
  new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path);

const at = (spec: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (value, part) =>
        (value as Record<string, unknown> | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')],
      spec,
    );

const jsonErrors = (
  spec: OpenApi,
  pointer: string,
  text: string,
  errorsOf: (pointer: string, value: unknown) => readonly string[],
): readonly string[] => {
  const described = at(spec, pointer) as Described | undefined;
  if (described?.$ref !== undefined) return jsonErrors(spec, described.$ref.slice(1), text, errorsOf);
  const type = Object.keys(described?.content ?? {}).find(name => /json/.test(name));
  if (type === undefined) return text === '' ? [] : ['a body where none is described'];
  return errorsOf(`${pointer}/content/${pointerPart(type)}/schema`, JSON.parse(text));
};
