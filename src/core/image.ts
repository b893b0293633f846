import { z } from 'zod';
import { arches, firmwares, imageKinds } from './target.ts';

/** The user-data formats that a guest understands. */
export const userDataKinds = [
  'ignition-1',
  'ignition-2.0',
  'ignition-2.1',
  'ignition-2.2',
  'ignition-2.3',
  'ignition-3.0',
  'ignition-3.1',
  'ignition-3.2',
  'ignition-3.3',
  'ignition-3.4',
  'cloud-config',
  'script',
  'multipart',
] as const;
export type UserDataKind = (typeof userDataKinds)[number];

/**
 * `image.json` beside a disk: what the harness has to know about an image and cannot see from outside.
 * It drives readiness and selection, so that no code asks for an image by name.
 */
export const imageManifestSchema = z.strictObject({
  schema: z.literal(1),
  name: z.string(),
  kind: z.enum(imageKinds),
  title: z.string(),
  version: z.string(),
  /** The Flatcar version whose behaviour the image imitates; version windows of scenarios use it. */
  imitates: z.string().optional(),
  /** The channel results are filed under when the image belongs to none of Flatcar's. */
  channel: z.string().optional(),
  arch: z.enum(arches),
  disk: z.strictObject({ file: z.string(), format: z.enum(['raw', 'qcow2']), sha256: z.string() }),
  osRelease: z.strictObject({ id: z.string() }),
  selinux: z.strictObject({
    /** What is in force from the first boot on. */
    policy: z.enum(['none', 'targeted']),
    enforcing: z.boolean(),
    /** A policy lies there, and is in force when the kernel gets these: given to scenarios that need `selinux`. */
    kernelArguments: z.array(z.string()).optional(),
  }),
  /** Capability names (`docker`, `verity`, `update-engine` …) that scenarios may need. */
  provides: z.array(z.string()),
  /** Those of `provides` that a stand-in written for kola provides: what passes on them is listed apart. */
  standIns: z.array(z.string()).optional(),
  /** An update to this image's successor, or to itself, that lies beside the disk. */
  updatePayload: z.strictObject({ file: z.string() }).optional(),
  userData: z.array(z.enum(userDataKinds)),
  usrHash: z.strictObject({
    where: z.enum(['kernel', 'esp-file']),
    /** Byte offset in the kernel, or path on the EFI system partition. */
    offset: z.number().int().optional(),
    path: z.string().optional(),
  }),
  bootLog: z.strictObject({ console: z.string().nullable(), kernel: z.boolean(), systemd: z.boolean() }),
  firmware: z.array(z.enum(firmwares)),
  builtFrom: z.record(z.string(), z.string()).optional(),
});
export type ImageManifest = z.infer<typeof imageManifestSchema>;

/** An image that lies on this machine, checked, and ready for a platform to prepare. */
export interface LocalImage {
  readonly manifest: ImageManifest;
  /** Absolute path of the disk; never written to. */
  readonly disk: string;
  readonly format: 'raw' | 'qcow2';
  /** `sha256:…` of the disk file. */
  readonly digest: string;
  /** One sentence for the first line of the run and of every report, when the image is not Flatcar. */
  readonly notice: string | undefined;
  /** Absolute path of the update that update scenarios install. */
  readonly updatePayload?: string;
}
