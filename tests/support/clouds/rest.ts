import type { SimAnswer, SimRequest } from './server.ts';

export interface RestCall {
  readonly request: SimRequest;
  /** Parts of the path that the pattern names. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The body, parsed. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** `'GET /v2/droplets/:id'` → what it does. The pattern is the name of the call, too. */
export type Routes = Readonly<Record<string, (call: RestCall) => SimAnswer | Promise<SimAnswer>>>;

export const json = (
  status: number,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): SimAnswer =>
  body === undefined
    ? { status, headers }
    : {
        status,
        headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
        body: JSON.stringify(body),
      };

const paramsOf = (pattern: string, path: string): Record<string, string> | undefined => {
  const [wanted, found] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== found.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const own = found[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(own);
    else if (part !== own) return undefined;
  }
  return params;
};

/** Finds the route of a request; `undefined` when there is none. */
export const routeOf = (
  routes: Routes,
  request: SimRequest,
): { readonly name: string; readonly params: Readonly<Record<string, string>> } | undefined => {
  for (const name of Object.keys(routes)) {
    const [method, pattern = ''] = name.split(' ');
    if (method !== request.method) continue;
    const params = paramsOf(pattern, request.url.pathname);
    if (params !== undefined) return { name, params };
  }
  return undefined;
};

export const actionOf =
  (routes: Routes) =>
  (request: SimRequest): string =>
    routeOf(routes, request)?.name ?? `${request.method} ${request.url.pathname}`;

/** Answers by the routes; `missing` is the vendor's answer for what is not there. */
export const handleRest = async (
  routes: Routes,
  request: SimRequest,
  missing: SimAnswer,
): Promise<SimAnswer> => {
  const found = routeOf(routes, request);
  const route = found === undefined ? undefined : routes[found.name];
  if (found === undefined || route === undefined) return missing;
  const text = /json/.test(request.headers['content-type'] ?? '') ? request.body.toString('utf8') : '';
  const body: Record<string, unknown> = text === '' ? {} : JSON.parse(text);
  return route({ request, params: found.params, query: request.url.searchParams, body });
};
