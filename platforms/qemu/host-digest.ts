import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { release } from 'node:os';
import { promisify } from 'node:util';
import { qemuArguments } from './command-line.ts';
import type { FirmwareFiles } from './firmware.ts';
import type { Site } from './preparation.ts';

const run = promisify(execFile);

/** Changes when snapshots of an older kola are of no use to this one. */
const snapshotFormat = 1;

/** What tells one QEMU from another. */
export interface Emulator {
  /** The first line of `--version`. */
  readonly version: string;
  readonly digest: string;
}

export const identifyEmulator = async (qemu: string): Promise<Emulator> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(qemu)) hash.update(chunk as Buffer);
  const { stdout } = await run(qemu, ['--version']);
  return { version: stdout.split('\n', 1)[0] ?? '', digest: hash.digest('hex') };
};

/**
 * The name of a snapshot: everything on this host that has to be equal, bit for bit, for memory and devices of one
 * machine to be those of another. Devices, machine type and CPU model are taken from the command line itself.
 */
export const snapshotName = async (site: Site, emulator: Emulator, key: string): Promise<string> => {
  const accelerator = site.accelerator.current;
  const firmware = await site.firmware(undefined);
  const { arch, image } = site.context;
  const args = qemuArguments({
    arch,
    accelerator,
    firmware,
    marker: '',
    memoryMiB: 0,
    vcpus: 0,
    disks: [],
    consoleFile: '',
    sshPort: 0,
    userMac: '',
    qmpFd: 0,
    lineFd: 0,
    ...(site.vnc === undefined ? {} : { vnc: site.vnc }),
  });
  const facts = {
    snapshotFormat,
    key,
    image: [image.digest, image.disk],
    emulator,
    args,
    firmware: await fileFacts(firmware),
    disk: [site.baseBytes, site.growBytes],
    tpm: site.tpm,
    processor: accelerator === 'kvm' ? await hostProcessor() : 'emulated',
  };
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
};

const fileFacts = async (firmware: FirmwareFiles): Promise<readonly unknown[]> => {
  const files =
    firmware.kind === 'uefi'
      ? [firmware.code.file, firmware.vars.file]
      : firmware.file === undefined
        ? []
        : [firmware.file];
  return Promise.all(
    files.map(async file => {
      const { size, mtimeMs } = await stat(file);
      return [file, size, mtimeMs];
    }),
  );
};

/** With KVM the guest has seen the host's own processor, and depends on what the kernel makes of it. */
const hostProcessor = async (): Promise<string> => {
  const cpuinfo = await readFile('/proc/cpuinfo', 'utf8');
  const lines = cpuinfo
    .split('\n')
    .filter(line => /^(model name|flags|microcode|Features|CPU part)\s*:/.test(line));
  return [release(), ...new Set(lines)].join('\n');
};
