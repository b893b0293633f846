import draft04 from 'ajv-draft-04';
import type { SimRequest } from '../server.ts';
import { readSpec } from '../specs.ts';
import type { Body } from './state.ts';

interface ArmSchema {
  readonly id: string;
  readonly definitions: object;
  readonly resourceDefinitions: Readonly<Record<string, object>>;
}

const files: Readonly<Record<string, string>> = {
  '2026-03-01': 'azure-compute-2026-03-01.subset.json',
  '2025-01-02': 'azure-disks-2025-01-02.subset.json',
  '2025-03-03': 'azure-galleries-2025-03-03.subset.json',
  '2025-05-01': 'azure-network-2025-05-01.subset.json',
};

export type TrafficCheck = (request: SimRequest, action: string) => readonly string[];

/** The description lists the sizes of years ago only, and calls every other one a mistake. */
const listedSize = ({ properties }: Body): object =>
  properties?.hardwareProfile === undefined ? {} : { hardwareProfile: { vmSize: 'Standard_D2s_v3' } };

/** Checks what is created against the vendor's descriptions of resources; undefined when none were given. */
export const trafficCheck = (): TrafficCheck | undefined => {
  const common = readSpec<object>('azure-common-definitions.json');
  if (common === undefined) return undefined;
  const ajv = new draft04.default({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema(common, 'https://schema.management.azure.com/schemas/common/definitions.json');
  const schemas = new Map<string, ArmSchema>();
  for (const [version, file] of Object.entries(files)) {
    const schema = readSpec<ArmSchema>(file);
    if (schema === undefined) continue;
    ajv.addSchema(schema, version);
    schemas.set(version, schema);
  }
  return ({ method, url, body }, action) => {
    if (method !== 'PUT' || action.startsWith('blob') || !url.pathname.includes('/providers/')) return [];
    const apiVersion = url.searchParams.get('api-version') ?? '';
    const [provider = '', ...parts] = url.pathname.split('/providers/')[1]?.split('/') ?? [];
    const types = parts.filter((_part, index) => index % 2 === 0);
    const own = types.join('_');
    if (schemas.get(apiVersion)?.resourceDefinitions[own] === undefined)
      return [`${action}: no resource ${own} of ${apiVersion} in the descriptions`];
    const asked: Body = JSON.parse(body.toString('utf8'));
    const resource = {
      name: parts.filter((_part, index) => index % 2 === 1).join('/'),
      type: [provider, ...types].join('/'),
      apiVersion,
      ...asked,
      properties: { ...asked.properties, ...listedSize(asked) },
    };
    const validate = ajv.getSchema(`${apiVersion}#/resourceDefinitions/${own}`);
    if (validate === undefined) return [`${action}: the description of ${own} cannot be used`];
    if (validate(resource) === true) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message }) => `${action}: ${instancePath} ${message}`,
    );
  };
};
