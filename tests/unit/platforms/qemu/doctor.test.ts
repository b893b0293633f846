import { describe, expect, it, vi } from 'vitest';
import { examineKvm, examineMemory, examineQemu, spaceFinding } from '../../../../platforms/qemu/doctor.ts';

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

describe('examineKvm', () => {
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';

  it('is content where it can virtualise', () => {
    expect(examineKvm({ arch, device: 'opens', flags: true }).state).toBe('present');
  });

  it('says that a device which opens is of no use on this processor', () => {
    expect(examineKvm({ arch, device: 'opens', flags: false })).toEqual({
      id: 'kvm',
      state: 'unusable',
      vital: false,
      detail: expect.stringMatching(/neither vmx nor svm: machines are emulated/),
    });
  });

  it('says how to be let in', () => {
    expect(examineKvm({ arch, device: 'no-permission', flags: true })).toMatchObject({
      state: 'unusable',
      mend: expect.stringContaining('usermod -aG kvm'),
    });
  });

  it('does without it', () => {
    expect(examineKvm({ arch, device: 'absent', flags: true })).toMatchObject({
      state: 'missing',
      vital: false,
    });
  });
});

describe('spaceFinding', () => {
  it('says how much is wanted, and where else it could be', () => {
    expect(spaceFinding('state', '/var/kola', 100, 8192)).toEqual({
      id: 'space-state',
      state: 'unusable',
      vital: true,
      detail: '100 MiB free in /var/kola, 8192 MiB are wanted',
      mend: 'export XDG_STATE_HOME=/a/larger/disk',
    });
    expect(spaceFinding('cache', '/var/kola', 9000, 8192).state).toBe('present');
  });
});
