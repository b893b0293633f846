import type { CheckContext } from '../../core/scenario.ts';
import type { IgnitionParts } from '../user-data/ignition/builders.ts';
import { file } from '../user-data/ignition/builders.ts';

/** Objects that the project keeps for these tests in a bucket of its own. */
const bucket = 'kola-fixtures';
const host = `${bucket}.s3.eu-central-1.amazonaws.com`;

/** An object's address in the three ways Ignition knows. */
export const fixture = {
  s3: (name: string): string => `s3://${bucket}/resources/${name}`,
  https: (name: string): string => `https://${host}/resources/${name}`,
  http: (name: string): string => `http://${host}/resources/${name}`,
} as const;

/** The service that `needs.external` has to name. */
export const fixtureHost = fixture.https('anonymous');

const folder = '/var/resource';

/** Files below `/var/resource`, by name. */
export const resourceFiles = (
  sources: Readonly<Record<string, string>>,
): NonNullable<IgnitionParts['files']> =>
  Object.entries(sources).map(([name, source]) => file(`${folder}/${name}`, { source }));

/** A check per file that it has exactly these contents. */
export const checkResources = async (
  t: CheckContext,
  expected: Readonly<Record<string, string>>,
): Promise<void> => {
  for (const [name, contents] of Object.entries(expected))
    t.equal(name, await t.machine.run(`cat ${folder}/${name}`), contents, `${folder}/${name}`);
};
