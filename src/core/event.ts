import { z } from 'zod';
import { failureSchema } from './failure.ts';
import { outcomes } from './outcome.ts';
import { proofVerdicts } from './proof.ts';
import { subjectSchema, targetSchema } from './target.ts';

/** Raised whenever a reader of the old form would misunderstand the new one. */
export const eventVersion = 1;

const ms = z.number().nonnegative();
const attempt = z.string();
const machine = z.string();

/** Milliseconds that an attempt spent in each phase. */
export const phaseTimesSchema = z.strictObject({ provision: ms, boot: ms, run: ms, teardown: ms });
export type PhaseTimes = z.infer<typeof phaseTimesSchema>;

/** Why something was not selected: the code is for machines, the text for people. */
export const reasonSchema = z.strictObject({
  code: z.enum([
    'pattern',
    'tag',
    'platform',
    'arch',
    'channel',
    'version',
    'capability',
    'platform-feature',
    'user-data',
    'size',
    'shard',
    'denylist',
    'rerun',
  ]),
  text: z.string(),
});
export type Reason = z.infer<typeof reasonSchema>;

/** What every event carries besides its body. */
const envelope = {
  v: z.literal(eventVersion),
  run: z.string(),
  /** 1, 2, 3 … without gaps within one run. */
  seq: z.number().int().positive(),
  /** ISO 8601, UTC, milliseconds. */
  time: z.iso.datetime({ precision: 3 }),
};

/** How well a run used its machines; over several targets, which run side by side, all together. */
export const usageSchema = z.strictObject({
  /** Milliseconds from the first scenario's turn to the end of the last one. */
  makespan: ms,
  /** Milliseconds that no order of the same work on the same slots could have beaten. */
  lowerBound: ms,
  /** Milliseconds that machines were up, summed. */
  machineTime: ms,
  /** Machines made, templates of clones among them. */
  machines: z.number().int().nonnegative(),
  /** Share (0–1) of slot time that was in use. */
  utilisation: z.number().min(0).max(1),
});
export type Usage = z.infer<typeof usageSchema>;

const phaseDetail = z.strictObject({
  platformId: z.string().optional(),
  publicAddress: z.string().optional(),
  privateAddress: z.string().optional(),
  userDataForm: z.string().optional(),
  userDataDigest: z.string().optional(),
  bootId: z.string().optional(),
  /** Folder of this machine's evidence, relative to the run folder. */
  folder: z.string().optional(),
  console: z.boolean().optional(),
  /** The machine that this one is a clone of. */
  template: z.string().optional(),
});

const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.strictObject({ ...envelope, type: z.literal(type), ...shape });

/** One line of `events.ndjson`. */
export const runEventSchema = z.discriminatedUnion('type', [
  event('run.started', {
    kola: z.string(),
    /** Secrets taken out. */
    command: z.array(z.string()),
    seed: z.number().int(),
    slots: z.number().int(),
    host: z.strictObject({ cpus: z.number(), memoryMiB: z.number(), node: z.string() }),
    targets: z.array(targetSchema),
  }),
  event('plan.decided', {
    selected: z.array(
      z.strictObject({
        ...subjectSchema.shape,
        machines: z.number().int(),
        tags: z.array(z.string()),
        /** Capabilities it needs that the image has from a stand-in only. */
        standIns: z.array(z.string()).optional(),
        /** Milliseconds an attempt took in earlier runs. */
        expected: ms.optional(),
      }),
    ),
    unselected: z.array(
      z.strictObject({ ...targetSchema.shape, scenario: z.string(), reason: reasonSchema }),
    ),
  }),
  event('known-issues.listed', {
    issues: z.array(
      z.strictObject({
        id: z.string(),
        effect: z.enum(['warn', 'deny']),
        scenarios: z.array(z.string()),
        tracker: z.string(),
        reason: z.string(),
        expires: z.string(),
      }),
    ),
  }),
  event('known-issues.judged', {
    uses: z.array(
      z.strictObject({
        id: z.string(),
        tracker: z.string(),
        /** removable = tested, and passed wherever it is said to fail; unused = not tested, or failed otherwise. */
        use: z.enum(['used', 'unused', 'removable']),
      }),
    ),
  }),
  event('attempt.started', {
    attempt,
    subject: subjectSchema,
    /** 1-based. */
    number: z.number().int().positive(),
    /** Why there is another attempt. */
    retryOf: attempt.optional(),
    /** The fault that the machines were given (`kola prove`): it is meant to fail, and is no part of a result. */
    sabotage: z.string().optional(),
  }),
  event('machine.phase', {
    attempt,
    machine,
    role: z.string(),
    /**
     * provisioning → booting (powered on) → connected (first SSH login) → ready (start checks hold)
     * → rebooting → ready … → destroying → destroyed; lost = went away by itself;
     * frozen = ended to be the template of clones; shared = up already, this attempt is one of its users;
     * released = this attempt is done with a machine that others use.
     */
    phase: z.enum([
      'provisioning',
      'booting',
      'connected',
      'ready',
      'rebooting',
      'destroying',
      'destroyed',
      'lost',
      'frozen',
      'shared',
      'released',
    ]),
    /** Milliseconds the phase before this one took. */
    took: ms.optional(),
    detail: phaseDetail.optional(),
  }),
  event('shared.phase', {
    machine,
    /** {@link machine.phase} of a machine that belongs to no attempt. */
    phase: z.enum([
      'provisioning',
      'booting',
      'connected',
      'ready',
      'rebooting',
      'destroying',
      'destroyed',
      'lost',
      'frozen',
    ]),
    took: ms.optional(),
    /** Scenarios that are to run on it, at `provisioning`. */
    subjects: z.array(subjectSchema).optional(),
    detail: phaseDetail.optional(),
  }),
  event('shared.retired', {
    machine,
    /** Who may have left the traces: one, unless several ran at once. */
    attempts: z.array(attempt),
    scenarios: z.array(z.string()),
    /** What is not as it was: `accounts: + user1`, a line each, the first ones. */
    changes: z.array(z.string()),
  }),
  event('subtest.started', { attempt, subtest: z.string() }),
  event('subtest.ended', {
    attempt,
    subtest: z.string(),
    outcome: z.enum(outcomes),
    /** For skipped and blocked: why. */
    reason: z.string().optional(),
    failure: failureSchema.optional(),
    took: ms,
  }),
  event('check.ended', {
    attempt,
    check: z.string(),
    subtest: z.string().optional(),
    held: z.boolean(),
    message: z.string().optional(),
    took: ms,
  }),
  event('rule.hit', {
    attempt,
    machine,
    rule: z.string(),
    source: z.enum(['console', 'journal']),
    line: z.number().int().positive(),
    text: z.string(),
    /** The scenario switched the rule off, or the hit was judged benign: it does not count. */
    excused: z.string().optional(),
  }),
  event('log', {
    level: z.enum(['debug', 'info', 'warn']),
    text: z.string(),
    attempt: attempt.optional(),
    machine: machine.optional(),
  }),
  event('attempt.ended', {
    attempt,
    subject: subjectSchema,
    number: z.number().int().positive(),
    sabotage: z.string().optional(),
    outcome: z.enum(outcomes),
    reason: z.string().optional(),
    failure: failureSchema.optional(),
    checks: z.strictObject({ held: z.number().int(), broken: z.number().int() }),
    phases: phaseTimesSchema,
  }),
  event('result.decided', {
    subject: subjectSchema,
    outcome: z.enum(outcomes),
    reason: z.string().optional(),
    failure: failureSchema.optional(),
    /** The known issue that explains the failure, which then does not make the run fail. */
    known: z.string().optional(),
    attempts: z.array(attempt),
    took: ms,
  }),
  event('proof.decided', {
    subject: subjectSchema,
    verdict: z.enum(proofVerdicts),
    /** The fault, and how the scenario has to fail under it; absent when none is declared. */
    fault: z.string().optional(),
    stated: z.string().optional(),
    /** How it failed, or why that was not tried. */
    found: z.string().optional(),
    /** Those under sabotage. */
    attempts: z.array(attempt),
    /** The run that proved it, when that was an earlier one which this one goes on with. */
    from: z.string().optional(),
    took: ms,
  }),
  event('run.ended', {
    exitCode: z.number().int(),
    /** One line for people. */
    verdict: z.string(),
    counts: z.partialRecord(z.enum(outcomes), z.number().int()),
    /** Resources that could not be destroyed. */
    leaked: z.array(z.string()),
    took: ms,
    /** How well the machines were used; absent when nothing ran. */
    usage: usageSchema.optional(),
  }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;
export type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

type WithoutEnvelope<E> = E extends unknown ? Omit<E, keyof typeof envelope> : never;
/** What happened, without the envelope: what the engine hands to the log. */
export type EventBody = WithoutEnvelope<RunEvent>;
