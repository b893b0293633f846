import { describe, expect, it } from 'vitest';
import {
  AcceleratorChoice,
  decideAccelerator,
  type HostFacts,
  kvmObstacle,
  showsBrokenKvm,
} from '../../../../platforms/qemu/accelerator.ts';

const good: HostFacts = { arch: 'amd64', device: 'opens', flags: true };

describe('decideAccelerator', () => {
  it('takes KVM where nothing speaks against it', () => {
    expect(decideAccelerator('auto', 'amd64', good)).toEqual({ accelerator: 'kvm', reason: undefined });
  });

  it.each([
    ['arm64', good, /arm64 guest cannot run/],
    ['amd64', { ...good, device: 'absent' }, /no \/dev\/kvm/],
    ['amd64', { ...good, device: 'no-permission' }, /may not be opened/],
    ['amd64', { ...good, flags: false }, /neither vmx nor svm/],
    ['amd64', { ...good, arch: undefined }, /amd64 guest cannot run/],
  ] as const)('emulates %s and says why (%#)', (guest, host, why) => {
    expect(decideAccelerator('auto', guest, host)).toMatchObject({
      accelerator: 'tcg',
      reason: expect.stringMatching(why),
    });
    expect(kvmObstacle(guest, host)).toMatch(why);
  });

  it('does as it is told', () => {
    expect(decideAccelerator('kvm', 'arm64', good).accelerator).toBe('kvm');
    expect(decideAccelerator('tcg', 'amd64', good).accelerator).toBe('tcg');
  });
});

describe('showsBrokenKvm', () => {
  it('finds the line, as QEMU prints it', () => {
    const text = 'qemu: warning: x\nKVM internal error. Suberror: 1\nemulation failure\nRAX=0';
    expect(showsBrokenKvm(text)).toBe('KVM internal error. Suberror: 1');
    expect(showsBrokenKvm('qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69')).toMatch(
      /failed to set MSR/,
    );
  });

  it('takes a warning for a warning', () => {
    expect(showsBrokenKvm("warning: host doesn't support requested feature: CPUID.01H")).toBeUndefined();
  });
});

describe('AcceleratorChoice', () => {
  it('falls back once, says so in one line, and later flights know', () => {
    const log: string[] = [];
    const choice = new AcceleratorChoice('auto', 'amd64', good, line => log.push(line));
    expect([choice.current, choice.slowdown, log]).toEqual(['kvm', 1, []]);
    expect(choice.fallBack('KVM internal error. Suberror: 1')).toBe(true);
    expect(choice.fallBack('KVM internal error. Suberror: 1')).toBe(true);
    expect(choice.current).toBe('tcg');
    expect(choice.slowdown).toBeGreaterThan(1);
    expect(log).toEqual([expect.stringMatching(/^Using emulation \(TCG\) instead of KVM.*Suberror: 1$/)]);
    expect(new AcceleratorChoice('auto', 'amd64', good, () => {}).current).toBe('tcg');
    expect(new AcceleratorChoice('kvm', 'amd64', good, () => {}).current).toBe('kvm');
  });

  it('stays with KVM when told to', () => {
    const choice = new AcceleratorChoice('kvm', 'amd64', good, () => {});
    expect(choice.fallBack('broken')).toBe(false);
    expect(choice.current).toBe('kvm');
  });
});
