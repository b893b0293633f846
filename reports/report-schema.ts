import { z } from 'zod';
import { phaseTimesSchema, reasonSchema, usageSchema } from '../src/core/event.ts';
import { failureSchema } from '../src/core/failure.ts';
import { outcomes } from '../src/core/outcome.ts';
import { targetSchema } from '../src/core/target.ts';

/** Raised whenever a reader of the old form would misunderstand the new one. */
export const reportSchemaVersion = 1;

const outcome = z.enum(outcomes);
const ms = z.number().nonnegative();
const time = z.iso.datetime({ precision: 3 });
const counts = z.record(outcome, z.number().int().nonnegative());

const goTestSchema = z.strictObject({
  name: z
    .string()
    .describe('Scenario, or scenario/sub-test; with the target before it when the run has several.'),
  result: z.enum(['PASS', 'FAIL', 'SKIP']),
  duration: z.number().int().nonnegative().describe('Nanoseconds.'),
  output: z.string(),
});

const machineSchema = z.strictObject({
  id: z.string(),
  role: z.string(),
  lost: z.boolean().describe('It went away by itself.'),
  platformId: z.string().optional(),
  userDataForm: z.string().optional(),
  userDataDigest: z.string().optional(),
  bootId: z.string().optional(),
  folder: z.string().optional(),
  startedAt: time.optional(),
  phases: z
    .array(z.strictObject({ phase: z.string(), took: ms.optional() }))
    .describe('In order from startedAt on; `took` in milliseconds is missing where the log ends.'),
});

const attemptSchema = z.strictObject({
  id: z.string(),
  number: z.number().int().positive(),
  outcome,
  reason: z.string().optional(),
  failure: failureSchema.optional(),
  startedAt: time.optional(),
  endedAt: time.optional(),
  phases: phaseTimesSchema.describe('Milliseconds per phase.'),
  checks: z.array(
    z.strictObject({
      id: z.string(),
      subtest: z.string().optional(),
      held: z.boolean(),
      message: z.string().optional(),
      took: ms,
    }),
  ),
  held: z.number().int().nonnegative(),
  broken: z.number().int().nonnegative(),
  subtests: z.array(
    z.strictObject({
      name: z.string(),
      outcome,
      reason: z.string().optional(),
      failure: failureSchema.optional(),
      took: ms,
    }),
  ),
  rules: z.array(
    z.strictObject({
      machine: z.string(),
      rule: z.string(),
      source: z.enum(['console', 'journal']),
      line: z.number().int().positive(),
      text: z.string(),
      excused: z.string().optional(),
    }),
  ),
  machines: z.array(machineSchema),
  artifacts: z.array(z.string()).describe('Logs in the run folder, relative paths.'),
});

/** `report.json`: what the Go kola wrote, and beside it everything else. */
export const reportSchema = z.strictObject({
  tests: z.array(goTestSchema),
  result: z.enum(['PASS', 'FAIL']),
  platform: z.string().describe('Of all targets, joined by commas.'),
  version: z.string().describe('Of all images, joined by commas.'),
  schemaVersion: z.literal(reportSchemaVersion),
  run: z.strictObject({
    id: z.string(),
    kola: z.string(),
    command: z.array(z.string()),
    seed: z.number().int().optional(),
    slots: z.number().int().optional(),
    host: z.strictObject({ cpus: z.number(), memoryMiB: z.number(), node: z.string() }).optional(),
    startedAt: time.optional(),
    lastAt: time.optional().describe('Time of the last event.'),
    ended: z.boolean().describe('False: the log has no end, the run was killed or goes on.'),
    took: ms,
    exitCode: z.number().int().optional(),
    verdict: z.string(),
    counts,
    leaked: z.array(z.string()),
    notices: z.array(z.string()),
    warnings: z.array(z.string()),
    knownIssues: z
      .array(
        z.strictObject({
          id: z.string(),
          effect: z.enum(['warn', 'deny']),
          scenarios: z.array(z.string()),
          tracker: z.string(),
          reason: z.string(),
          expires: z.string(),
          use: z.enum(['used', 'unused', 'removable']).optional(),
        }),
      )
      .optional()
      .describe('Of policy/known-issues.yaml, those that are about a target of the run.'),
    usage: usageSchema.optional().describe('How well the machines were used; times in milliseconds.'),
    retired: z
      .array(
        z.strictObject({
          machine: z.string(),
          scenarios: z.array(z.string()).describe('Who may have left the traces.'),
          changes: z.array(z.string()).describe('+ came, - went, ~ is another.'),
        }),
      )
      .optional()
      .describe('Shared machines that were not left as they were found.'),
  }),
  targets: z.array(z.strictObject({ key: z.string(), ...targetSchema.shape, counts })),
  results: z.array(
    z.strictObject({
      key: z.string(),
      target: z.string(),
      scenario: z.string(),
      copy: z.number().int().positive(),
      tags: z.array(z.string()),
      standIns: z
        .array(z.string())
        .optional()
        .describe(
          'Capabilities that the image has from a stand-in only: the result says nothing about the real thing.',
        ),
      outcome,
      reason: z.string().optional(),
      failure: failureSchema.optional(),
      known: z.string().optional().describe('Known issue that explains the failure.'),
      decided: z.boolean().describe('False: the outcome was concluded from a log that stops.'),
      took: ms,
      attempts: z.array(attemptSchema),
    }),
  ),
  failures: z
    .array(
      z.strictObject({
        signature: z.string(),
        kind: z.string(),
        cause: z.string(),
        results: z.array(z.string()).describe('Keys of results.'),
      }),
    )
    .describe('Unmet results grouped by cause.'),
  unselected: z.array(z.strictObject({ target: z.string(), scenario: z.string(), reason: reasonSchema })),
});
export type Report = z.infer<typeof reportSchema>;
