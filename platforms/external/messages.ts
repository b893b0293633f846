import { z } from 'zod';
import { ProvisioningError } from '../../src/core/errors.ts';
import type { MachineSize } from '../../src/core/platform.ts';
import type { DiskNeed } from '../../src/core/scenario.ts';
import type { Arch } from '../../src/core/target.ts';

/** What every command finds on its standard input, as one JSON document. */
interface Request {
  readonly version: 1;
  readonly run: string;
  /** Unique; chosen by kola before the command runs. */
  readonly name: string;
}

export interface ProvisionRequest extends Request {
  readonly action: 'provision';
  readonly role: string;
  /** Machines with the same word have to reach one another at their private addresses. */
  readonly cluster: string;
  readonly arch: Arch;
  readonly image: { readonly disk: string; readonly format: string; readonly digest: string };
  readonly size: MachineSize;
  readonly primaryDiskExtraMiB: number;
  readonly disks: readonly DiskNeed[];
  /** As the machine has to get it; empty = none. */
  readonly userData: string;
  /** Public key to hand over by metadata; absent = must not. */
  readonly metadataKey?: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** `id` is absent when the provisioning command never answered: then the name is all there is. */
export interface MachineRequest extends Request {
  readonly action: 'console' | 'status' | 'deprovision';
  readonly id?: string;
}

const address = z.string().min(1);

/** What the provisioning command prints. */
const provisioned = z.strictObject({
  id: z.string().min(1),
  publicAddress: address,
  /** Default: the public one. */
  privateAddress: address.optional(),
  sshPort: z.int().min(1).max(65_535).optional(),
});

/** What the status command prints. */
const status = z.strictObject({ running: z.boolean(), reason: z.string().optional() });

const read =
  <T>(schema: z.ZodType<T>, what: string) =>
  (text: string): T => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw wrong(what, text);
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw wrong(what, text, ` (${issue?.path.join('.') ?? ''} ${issue?.message ?? ''})`);
  };

const wrong = (what: string, text: string, why = ''): ProvisioningError =>
  new ProvisioningError(
    'external-answer',
    `expected ${what}${why}, found ${JSON.stringify(text.trim().slice(0, 200))}`,
    { hint: 'docs/reference/external.md says what the commands have to print' },
  );

export const readProvisioned = read(
  provisioned,
  'the provisioning command to print {"id": …, "publicAddress": …}',
);
export const readStatus = read(status, 'the status command to print {"running": true or false}');
