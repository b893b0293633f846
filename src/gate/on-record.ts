import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UsageError } from '../core/errors.ts';
import { readYaml } from '../core/yaml-file.ts';
import type { Emergency, SetAside } from './input.ts';

const name = z.string().min(1);

const emergencySchema = z.strictObject({
  kind: z.enum(['embargo', 'emergency']),
  reason: name,
  /** Rules of the policy. */
  shorten: z.array(name).min(1),
  /** Handles. */
  approvedBy: z.array(name),
});

const setAsideSchema = z.array(
  z.strictObject({ run: name, reason: name, by: name, approvedBy: name.optional() }),
);

/** The file that says what an embargoed or emergency release shortens. The policy has to allow it. */
export const loadEmergency = async (file: string): Promise<Emergency> =>
  readYaml(file, await readText(file), emergencySchema);

/** The file that names runs to leave out of the verdict. */
export const loadSetAside = async (file: string): Promise<SetAside[]> =>
  readYaml(file, await readText(file), setAsideSchema).map(({ approvedBy, ...one }) =>
    approvedBy === undefined ? one : { ...one, approvedBy },
  );

const readText = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError('record-absent', `${file} cannot be read: ${error.message}`, { cause: error });
  });
