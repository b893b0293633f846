import { z } from 'zod';
import { arches } from './target.ts';

const time = z.iso.datetime({ offset: true });
const link = z.string().min(1);
const sha256 = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 hex digits');

/** One image file of a release. Vendors' images of one build differ in bytes, so each has its own digest. */
const imageFactsSchema = z.strictObject({
  /** Platform it is for; absent = any (the generic image). */
  platform: z.string().optional(),
  file: z.string(),
  digest: sha256,
  /** Bytes. */
  size: z.number().int().nonnegative().optional(),
  signature: z.strictObject({ verified: z.boolean(), key: z.string(), evidence: link.optional() }).optional(),
});
export type ImageFacts = z.infer<typeof imageFactsSchema>;

const archFactsSchema = z.strictObject({
  images: z.array(imageFactsSchema).min(1),
  /** Software bill of materials. */
  sbom: link.optional(),
  /** SLSA provenance. */
  provenance: z.strictObject({ level: z.number().int().min(0).max(4), evidence: link }).optional(),
  /** The update payload that update-engine downloads. */
  payload: z
    .strictObject({ signed: z.boolean(), key: z.string().optional(), evidence: link.optional() })
    .optional(),
  /** Payloads that update runs installed: results about their bytes count. */
  updates: z.array(z.strictObject({ file: z.string(), digest: sha256 })).optional(),
  /** Lines of `flatcar_production_image_packages.txt`. */
  packages: z.array(z.string()).optional(),
});

/** What is known about a release besides its test results; imported with `kola import release FILE`. */
export const releaseFactsSchema = z.strictObject({
  schema: z.literal(1),
  channel: z.string(),
  version: z.string(),
  previous: z.string().optional(),
  builtAt: time.optional(),
  /** When it went public in its channel; absent = not yet. */
  releasedAt: time.optional(),
  promotedFrom: z.strictObject({ channel: z.string(), version: z.string() }).optional(),
  featureComplete: z.boolean().optional(),
  /** Nobody outside may know of it yet: it is left out of exports, as runs imported with `--embargoed` are. */
  embargoed: z.boolean().optional(),
  arches: z.partialRecord(z.enum(arches), archFactsSchema),
  /** What was to be tested and could not even be planned: the gate misses it. */
  untested: z
    .array(z.strictObject({ platform: z.string(), arch: z.enum(arches), scenario: z.string() }))
    .optional(),
});
export type ReleaseFacts = z.infer<typeof releaseFactsSchema>;

/** How many machines run a version: `kola import adoption FILE`. */
export const adoptionSchema = z.strictObject({
  channel: z.string(),
  version: z.string(),
  at: time,
  machines: z.number().int().nonnegative(),
  source: z.string().optional(),
});
export type Adoption = z.infer<typeof adoptionSchema>;

/** An issue that somebody opened against a version: `kola import issues FILE`. */
export const releaseIssueSchema = z.strictObject({
  /** Unique: `flatcar/Flatcar#1559`. */
  id: z.string(),
  url: link,
  title: z.string(),
  state: z.enum(['open', 'closed']),
  /** `known` = the project knows it; `user` = reported from the field; `blocker` = must not ship. */
  kind: z.enum(['known', 'user', 'blocker']),
  openedAt: time.optional(),
  /** Empty = all. */
  channels: z.array(z.string()).default([]),
  /** Exact versions, or a major with a trailing `.*`: `4459.*`. Empty = all. */
  versions: z.array(z.string()).default([]),
  /** Failure signature it explains; `*` stands for anything. */
  signature: z.string().optional(),
});
export type ReleaseIssue = z.infer<typeof releaseIssueSchema>;
