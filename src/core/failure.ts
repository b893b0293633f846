import { z } from 'zod';
import { causeKinds } from './outcome.ts';

export const evidenceSchema = z.strictObject({
  source: z.enum(['console', 'journal', 'command', 'platform', 'file']),
  text: z.string(),
  path: z.string().optional(),
  line: z.number().int().positive().optional(),
  machine: z.string().optional(),
});

/** A failure as it is written down: the first line of `message` is the cause a person reads. */
export const failureSchema = z.strictObject({
  kind: z.enum(causeKinds),
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  /** Normalised text that is equal for equal causes (numbers, addresses, ids and times taken out). */
  signature: z.string(),
  evidence: z.array(evidenceSchema),
});
export type Failure = z.infer<typeof failureSchema>;
