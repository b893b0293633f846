import { z } from 'zod';

/** The command line brings text, kola.yaml numbers. */
const count = (what: string, min: number, max: number): z.ZodType<number, string | number> =>
  z
    .union(
      [
        z.number(),
        z.string().regex(/^\d+$/, { error: issue => `expected ${what}, found ${quote(issue.input)}` }),
      ],
      {
        error: issue => `expected ${what}, found ${quote(issue.input)}`,
      },
    )
    .transform(Number)
    .refine(value => Number.isInteger(value) && value >= min && value <= max, {
      error: issue => `expected ${what} between ${min} and ${max}, found ${quote(issue.input)}`,
    });

const quote = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

const file = z.string().min(1, 'expected a file name, found nothing');

const units: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Bytes from `4G`, `512M`, `1048576`. */
const size = z.union([z.number(), z.string()]).transform((value, context) => {
  const match = /^(\d+)([bkmgt]?)$/i.exec(String(value).trim());
  if (match === null) {
    context.addIssue(`expected a size such as 4G or 512M, found ${quote(value)}`);
    return z.NEVER;
  }
  return Number(match[1]) * (units[(match[2] ?? '').toLowerCase() || 'b'] ?? 1);
});

export const optionsSchema = z.strictObject({
  /** `bios`, `uefi`, `uefi-secure` or a path. */
  qemuFirmware: file.optional(),
  qemuOvmfVars: file.optional(),
  /** A display number or everything that QEMU's `-vnc` takes. */
  qemuVnc: z.union([z.number().int().nonnegative(), z.string().min(1)]).optional(),
  qemuSkipMangle: z.boolean().optional(),
  /** Bytes. */
  qemuGrowBaseDiskBy: size.optional(),
  qemuTpm: z.boolean().optional(),
  qemuMemory: count('MiB of memory', 128, 1_048_576).optional(),
  qemuCpus: count('a number of CPUs', 1, 255).optional(),
  qemuAccel: z
    .enum(['auto', 'kvm', 'tcg'], {
      error: issue => `expected auto, kvm or tcg, found ${quote(issue.input)}`,
    })
    .optional(),
  qemuBinary: file.optional(),
});
export type QemuOptions = z.infer<typeof optionsSchema>;
