import { z } from 'zod';
import type { EventBody } from '../core/event.ts';
import { phaseTimesSchema } from '../core/event.ts';
import { failureSchema } from '../core/failure.ts';
import { outcomes } from '../core/outcome.ts';
import { subjectSchema } from '../core/target.ts';
import type { PlayedAttempt } from '../run/attempt.ts';
import type { SharedTry } from '../run/shared-try.ts';

/** Raised whenever hosts of the old form would misunderstand the new one; it is part of the queues' names. */
export const protocol = 1;

const ms = z.number().nonnegative();

/** What hosts are told of one target of a run, once. */
export const placeSchema = z.strictObject({
  platform: z.string(),
  arch: z.enum(['amd64', 'arm64']),
  /** `sha256:…` of the disk; a host that finds another image takes no attempt of it. */
  digest: z.string(),
  /** What makes a target of it again; its form is known to who starts runs and workers. */
  target: z.unknown(),
  /** Scenarios and copies that the run has for it: says what machines are worth cloning. */
  scenarios: z.array(z.string()),
  cold: z.boolean(),
  keep: z.boolean(),
  extraKeys: z.array(z.string()),
  inputs: z.record(z.string(), z.string()),
  deadlines: z.strictObject({ provision: ms, boot: ms, teardown: ms }),
  /** Account or account/region that quotas are kept for. */
  account: z.string(),
});
export type Place = z.infer<typeof placeSchema>;

const allowSchema = z.record(z.string(), z.unknown());

/** The machines that a job has at once. */
const demandSchema = z.strictObject({
  machines: z.number().int().nonnegative(),
  memoryMiB: z.number().nonnegative(),
  vcpus: z.number().nonnegative(),
});

const jobBase = { run: z.string(), place: z.number().int(), demand: demandSchema };

/** One unit of work in a queue: an attempt, or scenarios that share machines. */
export const jobSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...jobBase,
    kind: z.literal('attempt'),
    attempt: z.strictObject({
      id: z.string(),
      number: z.number().int().positive(),
      retryOf: z.string().optional(),
      subject: subjectSchema,
      allow: allowSchema,
      sabotaged: z.boolean(),
      patience: ms.optional(),
    }),
  }),
  z.strictObject({
    ...jobBase,
    kind: z.literal('group'),
    items: z.array(
      z.strictObject({
        subject: subjectSchema,
        allow: allowSchema,
        known: z.strictObject({ took: ms, run: ms.optional(), failed: z.boolean() }).optional(),
      }),
    ),
  }),
]);
export type Job = z.infer<typeof jobSchema>;

const outcomeSchema = z.strictObject({
  outcome: z.enum(outcomes),
  reason: z.string().optional(),
  failure: failureSchema.optional(),
  known: z.string().optional(),
});

const playedSchema = z.strictObject({
  id: z.string(),
  outcome: outcomeSchema,
  phases: phaseTimesSchema,
  brokenChecks: z.array(z.string()),
  sabotaged: z.number(),
  longestWait: ms,
});

const noteSchema = z.strictObject({
  scenario: z.string(),
  seen: z.strictObject({ took: ms, run: ms.optional(), failed: z.boolean() }),
});

/** The last word of a host on a job. */
const doneSchema = z.strictObject({
  kind: z.literal('done'),
  played: playedSchema.optional(),
  /** By place in the group; those that are not in it had no turn. */
  tries: z
    .array(
      z.strictObject({
        index: z.number().int(),
        shared: z.strictObject({
          id: z.string(),
          outcome: outcomeSchema,
          beside: z.array(z.string()),
          open: z.boolean(),
          took: ms,
        }),
      }),
    )
    .optional(),
  /** How long scenarios took, for the order of later runs. */
  notes: z.array(noteSchema),
  machines: z.number().int().nonnegative(),
  machineTime: ms,
});
export type Done = z.infer<typeof doneSchema>;

/** What a host says while it works on a job, in order. */
export const messageSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('event'), body: z.looseObject({ type: z.string() }) }),
  doneSchema,
]);

export type Message = { readonly kind: 'event'; readonly body: EventBody } | Done;

/** Without keys whose value is undefined, which exact optional properties do not allow. */
const exact = <T>(value: unknown): T => JSON.parse(JSON.stringify(value)) as T;

export const playedOf = (played: z.infer<typeof playedSchema>): PlayedAttempt => exact<PlayedAttempt>(played);
export const outcomeOfTry = (shared: unknown): SharedTry => exact<SharedTry>(shared);
