import { DOMParser, type Element, type Node } from '@xmldom/xmldom';
import type { SimAnswer, SimRequest } from '../server.ts';
import { readSpec } from '../specs.ts';
import { checkParameter, missingParameters, type ServiceModel, wrongLeaf } from './model.ts';

/** Looks at one exchange; returns what contradicts the vendor's description. */
export type TrafficCheck = (request: SimRequest, action: string, answer: SimAnswer) => readonly string[];

/** Undefined when no API descriptions were given. */
export const trafficCheck = (): TrafficCheck | undefined => {
  const ec2 = readSpec<ServiceModel>('aws-ec2.subset.json');
  const ebs = readSpec<ServiceModel>('aws-ebs.json');
  if (ec2 === undefined || ebs === undefined) return undefined;
  return (request, action, answer) => {
    const [api, name = ''] = action.split(' ');
    const problems =
      api === 'ec2'
        ? checkEc2(ec2, name, request, answer)
        : api === 'ebs'
          ? checkEbs(ebs, name, request, answer)
          : [];
    return problems.map(problem => `${action}: ${problem}`);
  };
};

const checkEc2 = (
  model: ServiceModel,
  name: string,
  request: SimRequest,
  answer: SimAnswer,
): readonly string[] => {
  const operation = model.operations[name];
  if (operation === undefined) return ['no such operation in the description'];
  const form = [...new URLSearchParams(request.body.toString('utf8'))].filter(
    ([key]) => key !== 'Action' && key !== 'Version',
  );
  const input = operation.input?.shape ?? '';
  const asked = [
    ...form.flatMap(([key, value]) => checkParameter(model, input, key, value) ?? []),
    ...missingParameters(
      model,
      input,
      form.map(([key]) => key),
    ),
  ].map(problem => `request: ${problem}`);
  if (answer.status !== 200 || operation.output === undefined) return asked;
  const root = new DOMParser().parseFromString(String(answer.body), 'text/xml').documentElement;
  if (root === null) return [...asked, 'answer: no XML'];
  // Every answer has it, and `return` where there is nothing to say; the model knows neither.
  const body = childrenOf(root).filter(({ localName }) => localName !== 'requestId');
  const said = body.flatMap(child => checkMember(model, operation.output?.shape ?? '', child, name));
  return [...asked, ...said.map(problem => `answer: ${problem}`)];
};

const childrenOf = (node: Element): readonly Element[] => [...node.childNodes].filter(isElement);

const isElement = (node: Node): node is Element => node.nodeType === 1;

const checkMember = (
  model: ServiceModel,
  parent: string,
  element: Element,
  path: string,
): readonly string[] => {
  const members = Object.entries(model.shapes[parent]?.members ?? {});
  const name = element.localName ?? '';
  const found = members.find(([own, { locationName }]) => (locationName ?? own) === name);
  if (found === undefined) return name === 'return' ? [] : [`${path}: unknown element ${name}`];
  return checkElement(model, found[1].shape, element, `${path}.${name}`);
};

const checkElement = (
  model: ServiceModel,
  shapeName: string,
  element: Element,
  path: string,
): readonly string[] => {
  const shape = model.shapes[shapeName];
  if (shape === undefined) return [`${path}: unknown shape ${shapeName}`];
  if (shape.type === 'structure')
    return childrenOf(element).flatMap(child => checkMember(model, shapeName, child, path));
  if (shape.type === 'list')
    return childrenOf(element).flatMap(child =>
      checkElement(model, shape.member?.shape ?? '', child, `${path}[]`),
    );
  const wrong = wrongLeaf(shape, element.textContent ?? '');
  return wrong === undefined ? [] : [`${path}: ${wrong}`];
};

const checkEbs = (
  model: ServiceModel,
  name: string,
  request: SimRequest,
  answer: SimAnswer,
): readonly string[] => {
  const operation = model.operations[name];
  if (operation === undefined) return ['no such operation in the description'];
  const input = model.shapes[operation.input?.shape ?? ''];
  const headers = Object.entries(input?.members ?? {})
    .filter(([own, { location }]) => location === 'header' && input?.required?.includes(own) === true)
    .filter(([own, { locationName }]) => request.headers[(locationName ?? own).toLowerCase()] === undefined)
    .map(([own]) => `request: header for ${own} is missing`);
  const body = input?.payload === undefined && request.body.length > 0 ? jsonOf(request.body) : undefined;
  const asked = body === undefined ? [] : checkJson(model, operation.input?.shape ?? '', body, 'request');
  if (answer.status >= 300) return [...headers, ...asked];
  const said = checkJson(model, operation.output?.shape ?? '', jsonOf(answer.body ?? '{}'), 'answer');
  return [...headers, ...asked, ...said];
};

const jsonOf = (text: string | Uint8Array): unknown => JSON.parse(Buffer.from(text).toString('utf8'));

const jsonTypes: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  long: 'number',
  boolean: 'boolean',
  timestamp: 'number',
};

const checkJson = (
  model: ServiceModel,
  shapeName: string,
  value: unknown,
  path: string,
): readonly string[] => {
  const shape = model.shapes[shapeName];
  if (shape === undefined) return [`${path}: unknown shape ${shapeName}`];
  if (shape.type === 'list')
    return Array.isArray(value)
      ? value.flatMap(item => checkJson(model, shape.member?.shape ?? '', item, `${path}[]`))
      : [`${path}: expected a list`];
  if (shape.type === 'structure') {
    if (typeof value !== 'object' || value === null) return [`${path}: expected an object`];
    return Object.entries(value).flatMap(([key, inner]) => {
      const member = shape.members?.[key];
      return member === undefined
        ? [`${path}: unknown key ${key}`]
        : checkJson(model, member.shape, inner, `${path}.${key}`);
    });
  }
  const wanted = jsonTypes[shape.type];
  if (wanted !== undefined && typeof value !== wanted)
    return [`${path}: expected ${wanted}, found ${typeof value}`];
  if (shape.enum !== undefined && !shape.enum.includes(String(value)))
    return [`${path}: ${String(value)} is not in the enumeration`];
  return [];
};
