/** A service model of the AWS SDKs, as far as checking needs it. */
export interface ServiceModel {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

interface Operation {
  readonly input?: { readonly shape: string };
  readonly output?: { readonly shape: string };
}

export interface Member {
  readonly shape: string;
  readonly locationName?: string;
  readonly queryName?: string;
  readonly location?: string;
}

interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, Member>>;
  readonly member?: Member;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly payload?: string;
}

const patterns: Readonly<Record<string, RegExp>> = {
  integer: /^-?\d+$/,
  long: /^-?\d+$/,
  boolean: /^(true|false)$/,
  double: /^-?\d+(\.\d+)?$/,
  float: /^-?\d+(\.\d+)?$/,
  timestamp: /^\d{4}-\d\d-\d\dT/,
};

/** What is wrong with a value, as text; undefined when nothing is. */
export const wrongLeaf = (shape: Shape, text: string): string | undefined => {
  if (shape.enum !== undefined && !shape.enum.includes(text)) return `${text} is not in the enumeration`;
  const pattern = patterns[shape.type];
  if (pattern !== undefined && !pattern.test(text)) return `${text} is no ${shape.type}`;
  return undefined;
};

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const queryName = (name: string, { queryName: query, locationName }: Member): string =>
  query ?? capital(locationName ?? name);

/** Checks one parameter of EC2's query protocol: `TagSpecification.1.Tag.2.Key`. */
export const checkParameter = (
  model: ServiceModel,
  root: string,
  path: string,
  value: string,
): string | undefined => {
  let shape = model.shapes[root];
  for (const step of path.split('.')) {
    if (shape === undefined) return `${path}: unknown shape`;
    if (shape.type === 'list') {
      if (!/^[1-9]\d*$/.test(step)) return `${path}: expected a number, found ${step}`;
      shape = model.shapes[shape.member?.shape ?? ''];
      continue;
    }
    const member = Object.entries(shape.members ?? {}).find(([name, own]) => queryName(name, own) === step);
    if (member === undefined) return `${path}: unknown parameter ${step}`;
    shape = model.shapes[member[1].shape];
  }
  if (shape === undefined || shape.members !== undefined || shape.type === 'list')
    return `${path}: expected more after it`;
  const wrong = wrongLeaf(shape, value);
  return wrong === undefined ? undefined : `${path}: ${wrong}`;
};

/** Parameters that the call must have and the request lacks. */
export const missingParameters = (
  model: ServiceModel,
  root: string,
  given: readonly string[],
): readonly string[] => {
  const shape = model.shapes[root];
  return (shape?.required ?? [])
    .map(name => queryName(name, shape?.members?.[name] ?? { shape: '' }))
    .filter(name => !given.some(key => key === name || key.startsWith(`${name}.`)))
    .map(name => `${name} is required`);
};
