import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import { canonicalJson, sha256Of } from '../canonical.ts';
import type { GateInput } from '../input.ts';
import { parsePolicy } from '../policy/load.ts';
import { type DecisionRecord, openingOf } from './record.ts';

/** A gate's input as text: the policy goes in as it was written, because its hash is over that. */
export const freezeInput = (input: GateInput): string => {
  const { policy, ...rest } = input;
  return `${canonicalJson({ schema: 1, policyText: policy.text, ...rest })}\n`;
};

/** The input again. The text was checked against the hash in the record, so its shape is trusted. */
export const thawInput = (file: string, text: string): GateInput => {
  const { schema, policyText, ...rest } = JSON.parse(text) as Omit<GateInput, 'policy'> & {
    readonly schema: number;
    readonly policyText: string;
  };
  if (schema !== 1) {
    throw new UsageError('evidence-version', `${file} is of version ${schema}; this kola reads version 1`);
  }
  const optional = { release: rest.release, previous: rest.previous, emergency: rest.emergency };
  return { ...rest, ...optional, policy: parsePolicy(`${file} (policy)`, policyText) };
};

/** Reads the evidence that a record names. Throws UsageError when it is gone or was changed. */
export const readEvidence = async (recordFile: string, record: DecisionRecord): Promise<GateInput> => {
  const { evidence } = openingOf(record);
  const file = join(dirname(recordFile), evidence.file);
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError('evidence-absent', `the evidence ${file} cannot be read: ${error.message}`, {
      cause: error,
    });
  });
  if (sha256Of(text) !== evidence.hash) {
    throw new UsageError('evidence-changed', `${file} is not what the record was opened with`, {
      hint: 'restore the file from version control',
    });
  }
  return thawInput(file, text);
};
