import { z } from 'zod';
import { arches, imageKinds } from '../../core/target.ts';

const count = z.number().int().nonnegative();
const names = z.array(z.string().min(1));
const hours = z.number().positive();
/** How much an unmet rule weighs; a warning is shown and never decides. */
const severity = z.enum(['blocking', 'warning']).default('blocking');
const off = z.literal('off');

/**
 * One key for each rule, evaluated by the file of the same name in `src/gate/requirements/`. `off` switches a rule
 * off in the open. Keys that a channel repeats replace the default rule as a whole.
 */
export const rulesSchema = z.strictObject({
  scenarios: z.strictObject({
    /** Globs of scenarios that must pass wherever they are planned. */
    mustPass: names,
    /** Globs taken out again. */
    except: names.default([]),
    /** Expected on every blocking platform even when no plan names them. */
    always: names.default([]),
  }),
  coverage: z.union([
    off,
    z.strictObject({
      /** Scenarios that a platform may have fewer than in the previous release. */
      allowance: count,
      /** Least number of scenarios, by platform. */
      floor: z.record(z.string(), count).default({}),
      severity,
    }),
  ]),
  flakes: z.union([off, z.strictObject({ budget: count, severity })]),
  retries: z.union([off, z.strictObject({ ceiling: z.number().int().positive(), severity })]),
  freshness: z.union([off, z.strictObject({ hours, severity })]),
  knownIssues: z.union([
    off,
    z.strictObject({ max: count, kinds: z.array(z.enum(['known', 'blocker', 'user'])), severity }),
  ]),
  userIssues: z.union([off, z.strictObject({ max: count, severity })]),
  imageDigest: z.union([off, z.strictObject({ severity })]),
  imageSignature: z.union([off, z.strictObject({ keys: names.default([]), severity })]),
  imageSize: z.union([off, z.strictObject({ deltaMB: z.number().positive(), severity })]),
  sbom: z.union([off, z.strictObject({ severity })]),
  provenance: z.union([off, z.strictObject({ level: z.number().int().min(1).max(4), severity })]),
  payload: z.union([off, z.strictObject({ severity })]),
  packages: z.union([off, z.strictObject({ downgradesAllowed: names.default([]), severity })]),
  nightlies: z.union([off, z.strictObject({ green: z.number().int().positive(), severity })]),
  soak: z.union([off, z.strictObject({ days: z.number().nonnegative(), severity })]),
  adoption: z.union([off, z.strictObject({ machines: count, severity })]),
  lineage: z.union([
    off,
    z.strictObject({ from: z.string(), featureComplete: z.boolean().default(false), severity }),
  ]),
  window: z.union([
    off,
    z.strictObject({
      days: z.array(z.enum(['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'])),
      severity: z.enum(['blocking', 'warning']).default('warning'),
    }),
  ]),
  quorum: z.strictObject({
    /** Share of the voters that has to say GO; more than this. */
    majority: z.number().min(0).max(1),
    /** Hours without a NO-GO after which one GO is enough; absent = never. */
    lazyHours: hours.optional(),
  }),
  /** A waiver needs an approver who is not its author. */
  secondPerson: z.boolean(),
});
export type Rules = z.infer<typeof rulesSchema>;

const platformsSchema = z.strictObject({ blocking: names, informing: names.default([]) });

const channelSchema = z.strictObject({
  /** Takes arches and rules of another channel where it says nothing. */
  extends: z.string().optional(),
  /** Channel names in results that mean this stream, told apart by `major`. */
  aliases: names.default([]),
  /** First number of its versions, for LTS streams. */
  major: z.number().int().optional(),
  /** Minor numbers of its versions. */
  minors: z.strictObject({ from: count, until: count.optional() }).optional(),
  /** First day on which it is not supported; `unknown` = still to be filled in, and no verdict is a GO before that. */
  endOfLife: z.union([z.iso.date(), z.literal('unknown')]).optional(),
  /** Only there to be extended. */
  template: z.boolean().default(false),
  arches: z.partialRecord(z.enum(arches), platformsSchema).optional(),
  rules: rulesSchema.partial().default({}),
});

export const policySchema = z.strictObject({
  schema: z.literal(1),
  id: z.string().regex(/^[a-z0-9-]+$/, 'expected lower-case letters, digits and dashes'),
  title: z.string(),
  /** Which results may count at all. */
  counts: z.strictObject({
    imageKinds: z.array(z.enum(imageKinds)).min(1),
    /** Made-up results; for examples only. */
    synthetic: z.boolean().default(false),
  }),
  /** Handles of those who vote; empty = anybody, by lazy consensus only. */
  voters: names.default([]),
  emergency: z
    .strictObject({ mayShorten: names, approvers: names, approvals: z.number().int().positive() })
    .optional(),
  /** Where a platform's results come from. */
  platforms: z.record(
    z.string(),
    z.strictObject({
      results: z.enum(['adapter', 'imported', 'unavailable']),
      note: z.string().optional(),
    }),
  ),
  defaults: rulesSchema,
  channels: z.record(z.string(), channelSchema),
});
export type Policy = z.infer<typeof policySchema>;
export type PolicyPlatforms = z.infer<typeof platformsSchema>;
