import type { z } from 'zod';
import { ScenarioError } from '../../../core/errors.ts';
import type { IgnitionConfig, IgnitionVersion } from '../../../core/ignition.ts';
import { duplicates } from './duplicates.ts';
import { type Complaint, complaintsOf } from './json-path.ts';
import { schema1 } from './schema-1.ts';
import { schema2 } from './schema-2.ts';
import { schema3 } from './schema-3.ts';
import { toVersion1 } from './to-1.ts';
import { toVersion2 } from './to-2.ts';
import { UnsupportedByVersion } from './unsupported.ts';

/** A document of one version, ready for JSON. */
export type IgnitionDocument = Readonly<Record<string, unknown>>;

const minorOf = (version: IgnitionVersion): number => Number(version.split('.')[1] ?? 0);

const schemas = new Map<IgnitionVersion, z.ZodType>();

const schemaOf = (version: IgnitionVersion): z.ZodType => {
  const made = schemas.get(version) ?? buildSchema(version);
  schemas.set(version, made);
  return made;
};

const buildSchema = (version: IgnitionVersion): z.ZodType => {
  if (version === '1') return schema1;
  return version.startsWith('2.') ? schema2(minorOf(version)) : schema3(minorOf(version));
};

const toVersion3 = (config: IgnitionConfig, minor: number): object => ({
  ...config,
  ignition: { ...config.ignition, version: `3.${minor}.0` },
});

const translate = (config: IgnitionConfig, version: IgnitionVersion): object => {
  if (version === '1') return toVersion1(config);
  return version.startsWith('2.')
    ? toVersion2(config, minorOf(version))
    : toVersion3(config, minorOf(version));
};

const invalid = (version: IgnitionVersion, complaints: readonly Complaint[]): ScenarioError => {
  const [first, ...others] = complaints.map(({ path, problem }) => `${path}: ${problem}`);
  const more = others.length === 0 ? '' : `\n${others.join('\n')}`;
  return new ScenarioError('user-data-invalid', `no valid Ignition ${version} config: ${first}${more}`);
};

/** Checks a document of a known version. Throws with the JSON path of what is wrong. */
export const checkDocument = (document: unknown, version: IgnitionVersion): IgnitionDocument => {
  const checked = schemaOf(version).safeParse(document);
  if (checked.success) return document as IgnitionDocument;
  const complaints = complaintsOf(checked.error);
  const [first] = complaints;
  if (first?.unknown === true && complaints.every(({ unknown }) => unknown))
    throw new UnsupportedByVersion(version, complaints.map(({ path }) => path).join(', '));
  throw invalid(version, complaints);
};

/**
 * Writes a config in one version of the format.
 * Throws {@link UnsupportedByVersion} when the version has no words for something in it, and `user-data-invalid`
 * when the config is wrong in any version.
 */
export const renderIgnition = (config: IgnitionConfig, version: IgnitionVersion): IgnitionDocument => {
  const twice = duplicates(config);
  if (twice.length > 0) throw invalid(version, twice);
  // JSON drops the keys that are undefined.
  const document: unknown = JSON.parse(JSON.stringify(translate(config, version)));
  return checkDocument(document, version);
};

/** `3.3` → `3.3.0`, as reports and documents write it. */
export const fullVersion = (version: IgnitionVersion): string => (version === '1' ? '1' : `${version}.0`);
