import { describe, expect, it } from 'vitest';
import { type MachinePlan, qemuArguments } from '../../../../platforms/qemu/command-line.ts';

const plain: MachinePlan = {
  arch: 'amd64',
  marker: 'kola-run-machine',
  accelerator: 'tcg',
  memoryMiB: 1536,
  vcpus: 2,
  firmware: { kind: 'bios' },
  disks: [{ file: 'primary.qcow2', format: 'qcow2', serial: 'primary-disk' }],
  consoleFile: '/run/m/console.txt',
  sshPort: 0,
  userMac: '52:54:00:76:00:00',
  qmpFd: 3,
  lineFd: 4,
};

const full: MachinePlan = {
  ...plain,
  firmware: {
    kind: 'uefi',
    secure: true,
    code: { file: '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd', format: 'raw' },
    vars: { file: '/state/m/firmware-vars', format: 'raw' },
  },
  disks: [
    ...plain.disks,
    { file: 'extra-0.qcow2', format: 'qcow2', serial: 'secondary' },
    { file: 'config-drive.iso', format: 'raw', serial: 'config-drive', readOnly: true },
  ],
  ignitionFile: 'config.ign',
  privateCard: { mac: '52:54:00:77:00:10', port: 4000 },
  tpmSocket: 'kola-run-machine-tpm.sock',
};

/** One option a line, as one would type it. */
const lines = (plan: MachinePlan): string =>
  qemuArguments(plan)
    .join('\n')
    .replace(/\n(?!-)/g, ' ');

describe('qemuArguments', () => {
  it('amd64, BIOS, emulation', () => {
    expect(lines(plain)).toMatchSnapshot();
  });

  it('amd64, Secure Boot, TPM, private network, extra disk, config drive', () => {
    expect(lines(full)).toMatchSnapshot();
  });

  it('amd64, KVM, BIOS file, screen', () => {
    const plan: MachinePlan = {
      ...plain,
      accelerator: 'kvm',
      firmware: { kind: 'bios', file: '/x/bios.bin' },
      vnc: '127.0.0.1:0',
    };
    expect(lines(plan)).toMatchSnapshot();
  });

  it('arm64, emulation, TPM', () => {
    const firmware = {
      ...full.firmware,
      secure: false,
      code: { file: '/usr/share/AAVMF/AAVMF_CODE.fd', format: 'raw' },
    } as const;
    expect(lines({ ...full, arch: 'arm64', firmware } as MachinePlan)).toMatchSnapshot();
  });

  it('has threads share cores where asked to', () => {
    const shared: MachinePlan = { ...plain, vcpus: 4, threadsPerCore: 2 };
    expect(lines(shared).split('\n')).toContain('-smp 4,sockets=1,cores=2,threads=2');
    expect(lines({ ...shared, accelerator: 'kvm' }).split('\n')).toContain('-cpu host,topoext=on');
    const arm: MachinePlan = { ...shared, accelerator: 'kvm', arch: 'arm64' };
    expect(lines(arm).split('\n')).toContain('-cpu host');
  });

  it('lets guests reboot', () => {
    expect(qemuArguments(full)).not.toContain('-no-reboot');
  });

  it('takes file names with commas and quotes for what they are', () => {
    const args = qemuArguments({
      ...plain,
      consoleFile: '/a,b/console.txt',
      ignitionFile: 'c,d.ign',
      disks: [{ file: '/x,"y".img', format: 'raw', serial: 's' }],
    });
    expect(args).toContain('file,id=console,path=/a,,b/console.txt,append=on');
    expect(args).toContain('name=opt/org.flatcar-linux/config,file=c,,d.ign');
    const node = args.find(argument => argument.startsWith('{"driver":"raw"'));
    expect(JSON.parse(node ?? '')).toMatchObject({ file: { filename: '/x,"y".img' } });
  });
});
