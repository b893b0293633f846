import type { Arch } from '../../src/core/target.ts';
import { multicastGroup } from './private-network.ts';

export interface FlashFile {
  readonly file: string;
  readonly format: 'raw' | 'qcow2';
}

/** How a machine starts: SeaBIOS, a BIOS file, or UEFI in flash with a variable store of its own. */
export type FirmwarePlan =
  | { readonly kind: 'bios'; readonly file?: string }
  | { readonly kind: 'uefi'; readonly secure: boolean; readonly code: FlashFile; readonly vars: FlashFile };

export interface DiskPlan {
  readonly file: string;
  readonly format: 'raw' | 'qcow2';
  /** `/dev/disk/by-id/virtio-<serial>`; at most 20 bytes reach the guest. */
  readonly serial: string;
  readonly readOnly?: boolean;
}

/** Everything QEMU is told about one machine. File names are absolute, or relative to its working folder. */
export interface MachinePlan {
  readonly arch: Arch;
  /** A word that no other process has in its arguments: how the machine is recognised later. */
  readonly marker: string;
  readonly accelerator: 'kvm' | 'tcg';
  readonly memoryMiB: number;
  readonly vcpus: number;
  /** `vcpus` is a multiple of it; absent = each processor is a core. */
  readonly threadsPerCore?: number;
  readonly firmware: FirmwarePlan;
  /** The first one is booted. */
  readonly disks: readonly DiskPlan[];
  readonly consoleFile: string;
  /** Ignition config, handed over through fw_cfg. */
  readonly ignitionFile?: string;
  /** Port of 127.0.0.1 that leads to the guest's port 22; 0 = the kernel chooses, QEMU reports. */
  readonly sshPort: number;
  readonly userMac: string;
  readonly privateCard?: { readonly mac: string; readonly port: number };
  /** Control socket of swtpm. */
  readonly tpmSocket?: string;
  readonly vnc?: string;
  /** A file that is the guest's memory: written to by a machine that will be frozen, only read by its clones. */
  readonly memory?: { readonly file: string; readonly clone: boolean };
  /** Descriptor of the connected socket that QMP is spoken on. */
  readonly qmpFd: number;
  /** Descriptor of the connected socket behind the guest's second serial port. */
  readonly lineFd: number;
}

/** QEMU splits `a=b,c=d` at commas; a comma inside a value is written twice. */
const value = (text: string | number): string => String(text).replaceAll(',', ',,');

const keyed = (head: string, pairs: Readonly<Record<string, string | number | undefined>>): string =>
  [
    head,
    ...Object.entries(pairs)
      .filter(([, content]) => content !== undefined)
      .map(([key, content]) => `${key}=${value(content ?? '')}`),
  ].join(',');

/**
 * The arguments of QEMU for one machine. Tested by comparison with stored lists. `-no-reboot` is missing on
 * purpose: guests reboot; boot loops are ended by counting resets.
 */
export const qemuArguments = (plan: MachinePlan): string[] => [
  '-name',
  plan.marker,
  ...machineType(plan),
  ...processor(plan),
  '-m',
  String(plan.memoryMiB),
  '-smp',
  processors(plan),
  '-no-user-config',
  '-nodefaults',
  ...display(plan),
  ...control(plan),
  ...consolePort(plan),
  ...secondPort(plan),
  '-object',
  'rng-random,id=rng0,filename=/dev/urandom',
  '-device',
  'virtio-rng-pci,rng=rng0',
  ...generation(plan),
  ...plan.disks.flatMap(disk),
  ...network(plan),
  ...ignition(plan),
  ...tpm(plan),
  // What it starts from, and how, is said over QMP.
  ...(plan.memory?.clone === true ? ['-incoming', 'defer'] : []),
];

const processors = ({ vcpus, threadsPerCore }: MachinePlan): string =>
  threadsPerCore === undefined
    ? String(vcpus)
    : keyed(String(vcpus), { sockets: 1, cores: vcpus / threadsPerCore, threads: threadsPerCore });

/** Tells the kernel of a clone that it is one, so that it takes a fresh seed for its random numbers at once. */
const generation = ({ arch }: MachinePlan): string[] =>
  arch === 'amd64' ? ['-device', 'vmgenid,guid=auto'] : [];

const machineType = ({ arch, firmware, memory, memoryMiB }: MachinePlan): string[] => {
  const backend = memory === undefined ? {} : { 'memory-backend': 'memory' };
  const flash = firmware.kind === 'uefi' ? { pflash0: 'firmware-code', pflash1: 'firmware-vars' } : {};
  const secure = firmware.kind === 'uefi' && firmware.secure && arch === 'amd64';
  const type =
    arch === 'amd64'
      ? keyed('q35', { smm: secure ? 'on' : undefined, ...flash, ...backend })
      : keyed('virt', { 'gic-version': 3, ...flash, ...backend });
  return [
    '-machine',
    type,
    ...memoryFile(memory, memoryMiB),
    ...firmwareFiles(firmware),
    ...(secure ? lockedFlash : []),
  ];
};

/**
 * A clone maps the memory of its template and keeps what it changes to itself: nothing has to be read before it
 * runs, and clones share what none of them changed.
 */
const memoryFile = (memory: MachinePlan['memory'], sizeMiB: number): string[] =>
  memory === undefined
    ? []
    : [
        '-object',
        keyed('memory-backend-file', {
          id: 'memory',
          size: `${sizeMiB}M`,
          'mem-path': memory.file,
          share: memory.clone ? 'off' : 'on',
        }),
      ];

/** Only code in system management mode may write the variables, and suspend may not get around that. */
const lockedFlash = [
  '-global',
  'driver=cfi.pflash01,property=secure,value=on',
  '-global',
  'ICH9-LPC.disable_s3=1',
];

const firmwareFiles = (firmware: FirmwarePlan): string[] => {
  if (firmware.kind === 'bios') return firmware.file === undefined ? [] : ['-bios', firmware.file];
  return [
    ...blockNode('firmware-code', firmware.code, { 'read-only': true }),
    ...blockNode('firmware-vars', firmware.vars, {}),
  ];
};

const processor = ({ arch, accelerator, threadsPerCore }: MachinePlan): string[] => {
  // AMD's tell the guest of siblings only when asked to; others go without, and say so.
  const siblings = arch === 'amd64' && threadsPerCore !== undefined ? ',topoext=on' : '';
  if (accelerator === 'kvm') return ['-accel', 'kvm', '-cpu', `host${siblings}`];
  return ['-accel', 'tcg,thread=multi', '-cpu', emulatedCpu[arch]];
};

/**
 * amd64: the x86-64-v2 level. `max` also has AVX and SMAP, whose emulation makes a boot slower.
 * arm64: emulating real pointer authentication is far slower than the implementation-defined kind.
 */
const emulatedCpu: Readonly<Record<Arch, string>> = {
  amd64: 'Nehalem,-vme,+rdrand',
  arm64: 'max,pauth-impdef=on',
};

const display = ({ vnc }: MachinePlan): string[] =>
  vnc === undefined ? ['-display', 'none'] : ['-vnc', vnc, '-device', 'virtio-vga'];

const control = ({ qmpFd }: MachinePlan): string[] => [
  '-chardev',
  `socket,id=qmp,fd=${qmpFd}`,
  '-mon',
  'chardev=qmp,mode=control',
];

const consolePort = ({ consoleFile }: MachinePlan): string[] => [
  '-chardev',
  keyed('file', { id: 'console', path: consoleFile, append: 'on' }),
  '-serial',
  'chardev:console',
];

/** The guest's path of the port that {@link secondPort} gives it. */
export const secondPortPath: Readonly<Record<Arch, string>> = { amd64: '/dev/ttyS1', arm64: '/dev/ttyS0' };

/** On each machine, so that those that boot and those that are cloned see the same hardware. */
const secondPort = ({ arch, lineFd }: MachinePlan): string[] => [
  '-chardev',
  `socket,id=line,fd=${lineFd}`,
  // The arm64 board has one port of its own; a PCI card brings the other.
  ...(arch === 'amd64' ? ['-serial', 'chardev:line'] : ['-device', 'pci-serial,chardev=line']),
];

/** Overlays are thrown away: nothing has to reach the host's disk before the guest goes on. */
const unsafe = { cache: { direct: false, 'no-flush': true } };

const blockNode = (name: string, { file, format }: FlashFile, extra: object): string[] => [
  '-blockdev',
  JSON.stringify({
    driver: format,
    'node-name': name,
    ...extra,
    ...unsafe,
    file: { driver: 'file', filename: file, ...extra, ...unsafe },
  }),
];

const disk = (plan: DiskPlan, index: number): string[] => {
  const name = `disk${index}`;
  const extra = plan.readOnly === true ? { 'read-only': true } : { discard: 'unmap' };
  const device = { drive: name, serial: plan.serial, bootindex: index === 0 ? 1 : undefined };
  return [...blockNode(name, plan, extra), '-device', keyed('virtio-blk-pci', device)];
};

const network = ({ sshPort, userMac, privateCard }: MachinePlan): string[] => [
  '-netdev',
  `user,id=outside,hostfwd=tcp:127.0.0.1:${sshPort}-:22`,
  '-device',
  `virtio-net-pci,netdev=outside,mac=${userMac},romfile=`,
  ...(privateCard === undefined
    ? []
    : [
        '-netdev',
        `socket,id=private,mcast=${multicastGroup}:${privateCard.port},localaddr=127.0.0.1`,
        '-device',
        `virtio-net-pci,netdev=private,mac=${privateCard.mac},romfile=`,
      ]),
];

const ignition = ({ ignitionFile }: MachinePlan): string[] =>
  ignitionFile === undefined
    ? []
    : ['-fw_cfg', keyed('name=opt/org.flatcar-linux/config', { file: ignitionFile })];

const tpm = ({ tpmSocket, arch }: MachinePlan): string[] =>
  tpmSocket === undefined
    ? []
    : [
        '-chardev',
        keyed('socket', { id: 'tpm', path: tpmSocket }),
        '-tpmdev',
        'emulator,id=tpm0,chardev=tpm',
        '-device',
        arch === 'amd64' ? 'tpm-tis,tpmdev=tpm0' : 'tpm-tis-device,tpmdev=tpm0',
      ];
