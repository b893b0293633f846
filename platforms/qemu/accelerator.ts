import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import type { Arch } from '../../src/core/target.ts';

export type Accelerator = 'kvm' | 'tcg';

/** What this host offers, as far as it can be seen without running anything. */
export interface HostFacts {
  readonly arch: Arch | undefined;
  readonly device: 'absent' | 'no-permission' | 'opens';
  /** The processor says that it can virtualise; arm64 does not say. */
  readonly flags: boolean;
}

export interface AcceleratorDecision {
  readonly accelerator: Accelerator;
  /** Why, when it is not what one would wish for. */
  readonly reason: string | undefined;
}

/** How much longer deadlines are under emulation. An estimate: not yet compared with KVM on one machine. */
const emulationSlowdown = 6;
export const slowdownOf = (accelerator: Accelerator): number =>
  accelerator === 'kvm' ? 1 : emulationSlowdown;

/**
 * Whether to use KVM. That `/dev/kvm` opens proves nothing: in nested machines it may open and then fail to run a
 * kernel, so the processor's flags are asked too.
 */
export const decideAccelerator = (
  wish: 'auto' | Accelerator,
  guest: Arch,
  host: HostFacts,
): AcceleratorDecision => {
  if (wish !== 'auto') return { accelerator: wish, reason: undefined };
  const obstacle = kvmObstacle(guest, host);
  return obstacle === undefined
    ? { accelerator: 'kvm', reason: undefined }
    : { accelerator: 'tcg', reason: obstacle };
};

export const kvmObstacle = (guest: Arch, host: HostFacts): string | undefined => {
  if (host.arch !== guest) return `an ${guest} guest cannot run on this host's processor`;
  if (host.device === 'absent') return 'there is no /dev/kvm';
  if (host.device === 'no-permission') return '/dev/kvm may not be opened';
  if (!host.flags) return '/dev/kvm is there, but the processor has neither vmx nor svm';
  return undefined;
};

export const readHostFacts = async (): Promise<HostFacts> => {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch === 'arm64' ? 'arm64' : undefined;
  const cpuinfo = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  return {
    arch,
    device: await tryDevice(),
    flags: arch === 'arm64' || /^flags\s*:.*\b(vmx|svm)\b/m.test(cpuinfo),
  };
};

const tryDevice = async (): Promise<HostFacts['device']> => {
  try {
    const device = await open('/dev/kvm', constants.O_RDWR);
    await device.close();
    return 'opens';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'absent' : 'no-permission';
  }
};

/** What QEMU prints when the kernel could not go on with a guest: KVM is of no use here, whatever it promised. */
const kvmComplaint =
  /KVM internal error|KVM: entry failed|failed to set MSR|kvm run failed|Could not access KVM/i;

export const showsBrokenKvm = (stderr: string): string | undefined =>
  stderr
    .split('\n')
    .find(line => kvmComplaint.test(line))
    ?.trim();

/** KVM failed in this process: nobody needs to try again. Kept per guest architecture. */
const brokenKvm = new Map<Arch, string>();

/** The accelerator of one flight. It can fall back while machines run; those started later ask again. */
export class AcceleratorChoice {
  readonly #wish: 'auto' | Accelerator;
  readonly #guest: Arch;
  readonly #log: (line: string) => void;
  #decision: AcceleratorDecision;

  constructor(wish: 'auto' | Accelerator, guest: Arch, host: HostFacts, log: (line: string) => void) {
    this.#wish = wish;
    this.#guest = guest;
    this.#log = log;
    const broken = wish === 'auto' ? brokenKvm.get(guest) : undefined;
    this.#decision =
      broken === undefined ? decideAccelerator(wish, guest, host) : { accelerator: 'tcg', reason: broken };
    if (this.#decision.reason !== undefined) this.#announce(this.#decision.reason);
  }

  get current(): Accelerator {
    return this.#decision.accelerator;
  }

  get slowdown(): number {
    return slowdownOf(this.current);
  }

  /** KVM turned out not to work. True when machines are to be started again under emulation. */
  fallBack(reason: string): boolean {
    if (this.#wish !== 'auto') return false;
    if (this.current === 'tcg') return true;
    brokenKvm.set(this.#guest, reason);
    this.#decision = { accelerator: 'tcg', reason };
    this.#announce(reason);
    return true;
  }

  #announce(reason: string): void {
    this.#log(
      `Using emulation (TCG) instead of KVM, with deadlines ${emulationSlowdown} times as long: ${reason}`,
    );
  }
}
