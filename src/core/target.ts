import { z } from 'zod';

export const arches = ['amd64', 'arm64'] as const;
export type Arch = (typeof arches)[number];

export const firmwares = ['bios', 'uefi', 'uefi-secure'] as const;
export type Firmware = (typeof firmwares)[number];

/** What an image is. Only `flatcar` images can count for a Flatcar channel. */
export const imageKinds = ['flatcar', 'reference', 'custom'] as const;
export type ImageKind = (typeof imageKinds)[number];

/** The place where scenarios run: one platform, one architecture, one channel (or LTS stream), one image. */
export const targetSchema = z.strictObject({
  platform: z.string(),
  arch: z.enum(arches),
  /** Machine type when it is not the platform's main one (`m4.2xlarge`), or where an update starts ({@link updateVariant}). */
  variant: z.string().optional(),
  /** `stable`, `beta`, `alpha`, `lts`, an LTS stream such as `lts-2024`, or the image's own (`reference`). */
  channel: z.string(),
  image: z.strictObject({
    name: z.string(),
    kind: z.enum(imageKinds),
    /** `sha256:…` of the disk that is booted; of the payload, where an update to it is what is tested. */
    digest: z.string(),
    version: z.string(),
    /** What machines are booted from before they install the update. */
    start: z.strictObject({ version: z.string(), digest: z.string() }).optional(),
    /** Said at the top of every report when the image is not a Flatcar release. */
    notice: z.string().optional(),
  }),
});
export type Target = z.infer<typeof targetSchema>;

/** Variant of a target whose machines are updated from an older release: `from-4459.2.0`. */
export const updateVariant = (version: string): string => `from-${version}`;

/** The release that a variant starts from; undefined for machine types. */
export const updateStartOf = (variant: string | undefined): string | undefined =>
  /^from-(\d.*)$/.exec(variant ?? '')?.[1];

/** A target and a scenario: what a result is about. */
export const subjectSchema = targetSchema.extend({
  scenario: z.string(),
  /** 1…N under `--multiply N`, else 1. */
  copy: z.number().int().positive(),
});
export type Subject = z.infer<typeof subjectSchema>;

/** `platform/arch/channel`, as filters, logs, JUnit and the dashboard write it; `platform[type]` on a further type. */
export const targetKey = (target: Pick<Target, 'platform' | 'arch' | 'channel' | 'variant'>): string => {
  // The history keeps the main type as an empty text.
  const type = target.variant ? `[${target.variant}]` : '';
  return `${target.platform}${type}/${target.arch}/${target.channel}`;
};

/** `platform/arch/channel:scenario`, with `#2` … for further copies. */
export const subjectKey = (
  subject: Pick<Subject, 'platform' | 'arch' | 'channel' | 'variant' | 'scenario' | 'copy'>,
): string => `${targetKey(subject)}:${subject.scenario}${subject.copy > 1 ? `#${subject.copy}` : ''}`;
