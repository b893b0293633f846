import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { arches, firmwares } from '../../core/target.ts';
import { readYaml } from '../../core/yaml-file.ts';

const machinesSchema = z.strictObject({
  /** Machine type in the platform's own words. */
  type: z.string(),
  /** Further types, on which only the smoke scenarios run. */
  smokeTypes: z.array(z.string()).default([]),
  region: z.string().optional(),
  firmware: z.enum(firmwares).optional(),
});

/** Releases that machines start with before they install the candidate, and the scenarios that begin there. */
const startSchema = z.union([
  z.strictObject({ release: z.literal('previous'), scenarios: z.array(z.string()).min(1) }),
  z.strictObject({ channel: z.string(), version: z.string(), scenarios: z.array(z.string()).min(1) }),
]);

export const matrixSchema = z.strictObject({
  schema: z.literal(1),
  smoke: z.strictObject({ tag: z.string(), scenarios: z.array(z.string()) }),
  update: z
    .strictObject({ platforms: z.array(z.string()), from: z.array(startSchema) })
    .default({ platforms: [], from: [] }),
  platforms: z.record(
    z.string(),
    z.strictObject({
      region: z.string().optional(),
      /** Flags of the adapter that take the machine type and the region; absent = it has none. */
      typeFlag: z.string().optional(),
      regionFlag: z.string().optional(),
      /** Switches for types that end in `+name`. */
      variantFlags: z.record(z.string(), z.string()).default({}),
      arches: z.partialRecord(z.enum(arches), machinesSchema),
      /** Most machines at once. */
      quota: z.strictObject({ vms: z.number().int().positive() }),
      /** A run is stopped after this many hours; absent = never. */
      limitHours: z.number().positive().optional(),
    }),
  ),
});
export type Matrix = z.infer<typeof matrixSchema>;

export const parseMatrix = (file: string, text: string): Matrix => readYaml(file, text, matrixSchema);

export const loadMatrix = async (file: string): Promise<Matrix> => {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError('matrix-absent', `the matrix ${file} cannot be read: ${error.message}`, {
      cause: error,
    });
  });
  return parseMatrix(file, text);
};
