import type { Finding } from '../../src/core/platform.ts';
import type { Arch } from '../../src/core/target.ts';
import { kvmObstacle, readHostFacts } from './accelerator.ts';

/** Whether guests of these architectures run on KVM here, or are emulated. Emulation is slow, not wrong. */
export const probeQemu = async (arches: readonly Arch[]): Promise<readonly Finding[]> => {
  const host = await readHostFacts();
  return arches.map(arch => {
    const obstacle = kvmObstacle(arch, host);
    const several = arches.length > 1;
    const id = several ? `kvm-${arch}` : 'kvm';
    if (obstacle === undefined)
      return { id, state: 'present', detail: `KVM runs ${arch} guests`, vital: false };
    return {
      id,
      state: host.device === 'absent' ? 'missing' : 'unusable',
      detail: `${obstacle}: ${arch} guests are emulated, several times slower`,
      ...mendOf(host.device),
      vital: false,
    };
  });
};

const mendOf = (device: 'absent' | 'no-permission' | 'opens'): { readonly mend?: string } => {
  if (device === 'no-permission') return { mend: 'add yourself to the group kvm, and log in again' };
  if (device === 'absent') return { mend: 'load the module kvm, or use a machine with virtualisation' };
  return { mend: 'switch nested virtualisation on in the host of this machine' };
};
