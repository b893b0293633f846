import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { canonicalJson, sha256Of } from '../canonical.ts';

const time = z.iso.datetime({ precision: 3 });
const hash = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const handle = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/, 'expected a handle of letters, digits and dashes');
const decision = z.enum(['GO', 'NO-GO', 'UNDECIDED']);

const envelope = {
  /** 1, 2, 3 … */
  n: z.number().int().positive(),
  time,
  /** Hash of the entry before; of the empty text for the first. */
  prev: hash,
  /** Over everything in the entry but itself and the signature. */
  hash,
  signature: z
    .strictObject({ kind: z.enum(['ssh', 'minisign']), by: z.string(), text: z.string() })
    .optional(),
};

const openedSchema = z.strictObject({
  ...envelope,
  type: z.literal('opened'),
  by: handle,
  policy: z.strictObject({ id: z.string(), hash }),
  waivers: z.array(z.strictObject({ id: z.string(), hash: z.string() })),
  runs: z.array(z.string()),
  digests: z.array(z.string()),
  /** File beside this one with everything the verdict was computed from. */
  evidence: z.strictObject({ file: z.string(), hash }),
  verdict: z.strictObject({
    overall: decision,
    arches: z.array(z.strictObject({ arch: z.string(), decision })),
    /** Of the verdict's canonical JSON. */
    hash,
    /** Ids of all its requirements with their states: what votes and conditions refer to. */
    requirements: z.record(z.string(), z.enum(['met', 'waived', 'missing', 'unmet'])),
    /** Those of them that are missing and decide. */
    open: z.array(z.string()),
  }),
  quorum: z.strictObject({ majority: z.number(), lazyHours: z.number().optional(), voters: z.array(handle) }),
});

const votedSchema = z.strictObject({
  ...envelope,
  type: z.literal('voted'),
  voter: handle,
  vote: z.enum(['go', 'no-go', 'abstain']),
  reason: z.string(),
  /** A no-go names what it is about. */
  requirement: z.string().optional(),
});

const closedSchema = z.strictObject({
  ...envelope,
  type: z.literal('closed'),
  by: handle,
  outcome: z.enum(['GO', 'NO-GO']),
  how: z.enum(['majority', 'lazy-consensus', 'machine-verdict']),
  tally: z.strictObject({ go: z.number(), noGo: z.number(), abstain: z.number(), voters: z.number() }),
  conditions: z.array(z.strictObject({ requirement: z.string(), text: z.string() })),
  /** When a NO-GO is looked at again. */
  nextReview: time.optional(),
});

const entrySchema = z.discriminatedUnion('type', [openedSchema, votedSchema, closedSchema]);
export type DecisionEntry = z.infer<typeof entrySchema>;
export type EntryOf<Type extends DecisionEntry['type']> = Extract<DecisionEntry, { type: Type }>;

export const decisionRecordSchema = z.strictObject({
  schema: z.literal(1),
  channel: z.string(),
  version: z.string(),
  /** 2 … after a NO-GO. */
  round: z.number().int().positive(),
  entries: z.array(entrySchema).min(1),
});
export type DecisionRecord = z.infer<typeof decisionRecordSchema>;

type WithoutEnvelope<E> = E extends unknown ? Omit<E, 'n' | 'time' | 'prev' | 'hash' | 'signature'> : never;
export type EntryBody = WithoutEnvelope<DecisionEntry>;

const beginning = sha256Of('');

/** The entry that comes next, chained to the last one. */
export const nextEntry = (
  entries: readonly DecisionEntry[],
  body: EntryBody,
  now: number,
): Omit<DecisionEntry, 'signature'> => {
  const entry = {
    ...body,
    n: entries.length + 1,
    time: new Date(now).toISOString(),
    prev: entries.at(-1)?.hash ?? beginning,
  };
  return { ...entry, hash: sha256Of(canonicalJson(entry)) } as Omit<DecisionEntry, 'signature'>;
};

/** What is wrong with a record's chain; empty = nothing. */
export const chainFaults = (record: DecisionRecord): string[] => {
  let prev = beginning;
  const faults: string[] = [];
  for (const [index, entry] of record.entries.entries()) {
    const { hash: own, signature: _, ...body } = entry;
    if (entry.n !== index + 1) faults.push(`entry ${index + 1} is numbered ${entry.n}`);
    if (entry.prev !== prev) faults.push(`entry ${entry.n} does not follow the one before it`);
    if (own !== sha256Of(canonicalJson(body))) faults.push(`entry ${entry.n} (${entry.type}) was changed`);
    if (entry.type === 'opened' && index > 0) faults.push(`entry ${entry.n} opens the record a second time`);
    if (entry.type === 'closed' && index !== record.entries.length - 1) {
      faults.push(`entries follow after the record was closed`);
    }
    prev = own;
  }
  if (record.entries[0]?.type !== 'opened') faults.push('the record does not begin with its opening');
  return faults;
};

/** Reads and checks a record. Throws UsageError when it is no record or was tampered with. */
export const parseRecord = (file: string, text: string): DecisionRecord => {
  const record = parseUnchecked(file, text);
  const faults = chainFaults(record);
  if (faults.length > 0) {
    throw new UsageError('decision-tampered', `${file}: ${faults.join('; ')}`, {
      hint: 'restore the file from version control',
    });
  }
  return record;
};

export const parseUnchecked = (file: string, text: string): DecisionRecord => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UsageError('decision-corrupt', `${file}: not valid JSON: ${(error as Error).message}`);
  }
  const parsed = decisionRecordSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UsageError(
    'decision-corrupt',
    `${file}: not a decision record: ${issue?.path.map(String).join('.') || 'whole file'}: ${issue?.message ?? ''}`,
  );
};

export const openingOf = (record: DecisionRecord): EntryOf<'opened'> => {
  const [first] = record.entries;
  if (first?.type !== 'opened')
    throw new UsageError('decision-corrupt', 'the record does not begin with its opening');
  return first;
};

export const closingOf = (record: DecisionRecord): EntryOf<'closed'> | undefined => {
  const last = record.entries.at(-1);
  return last?.type === 'closed' ? last : undefined;
};

/** The last vote of each voter, in the order of first voting. */
export const currentVotes = (record: DecisionRecord): EntryOf<'voted'>[] => {
  const votes = new Map<string, EntryOf<'voted'>>();
  for (const entry of record.entries) if (entry.type === 'voted') votes.set(entry.voter, entry);
  return [...votes.values()];
};
