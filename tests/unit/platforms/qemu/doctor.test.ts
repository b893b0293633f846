import { describe, expect, it, vi } from 'vitest';
import { examineMemory, examineQemu } from '../../../../platforms/qemu/doctor.ts';

const folders = { stateDir: '/nowhere/yet', cacheDir: '/tmp' };
const examine = () => examineQemu(['amd64', 'arm64'], folders);

describe('examineQemu', () => {
  it('finds something to say about each thing, once', async () => {
    const findings = await examine();
    const names = findings.map(finding => finding.id);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining(['qemu-system-x86_64', 'qemu-img', 'swtpm', 'kvm', 'memory', 'space-state']),
    );
    for (const finding of findings) expect(finding.detail, finding.id).not.toMatch(/\n|^$/);
  });

  it('names the packages of what is missing', async () => {
    vi.stubEnv('PATH', '/nowhere');
    const findings = await examine();
    const missing = findings.find(finding => finding.id === 'qemu-system-aarch64');
    expect(missing).toMatchObject({
      state: 'missing',
      vital: true,
      mend: expect.stringContaining('qemu-system-arm'),
    });
    vi.unstubAllEnvs();
  });
});

describe('examineMemory', () => {
  it('knows when there is too little', () => {
    expect(examineMemory(1.5 * 2 ** 30)).toMatchObject({
      state: 'unusable',
      detail: expect.stringContaining('1536 MiB free'),
    });
    expect(examineMemory(24 * 2 ** 30)).toMatchObject({
      state: 'present',
      detail: expect.stringContaining('12 machines'),
    });
  });
});
