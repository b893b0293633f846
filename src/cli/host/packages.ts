import type { Arch } from '../../core/target.ts';

/** What a package is there for. `kola setup` installs by purpose, `kola doctor` judges by it. */
export type Purpose = 'run' | 'shell' | 'build' | 'test';

/** A Debian package that kola uses, and how to see that it is there. */
export interface HostPackage {
  readonly name: string;
  readonly purposes: readonly Purpose[];
  /** Guest architectures it is for; absent = all. */
  readonly arch?: Arch;
  /** Programs (looked up in PATH and the sbin folders) or absolute files that it brings. */
  readonly brings: readonly string[];
  /** Ends the sentence "… is for". */
  readonly why: string;
}

const build: readonly Purpose[] = ['build'];
const run: readonly Purpose[] = ['run'];

export const hostPackages: readonly HostPackage[] = [
  {
    name: 'qemu-system-x86',
    purposes: run,
    arch: 'amd64',
    brings: ['qemu-system-x86_64'],
    why: 'booting amd64 machines',
  },
  {
    name: 'qemu-system-arm',
    purposes: run,
    arch: 'arm64',
    brings: ['qemu-system-aarch64'],
    why: 'booting arm64 machines',
  },
  { name: 'qemu-utils', purposes: run, brings: ['qemu-img'], why: 'disk overlays' },
  {
    name: 'ovmf',
    purposes: run,
    arch: 'amd64',
    brings: ['/usr/share/OVMF/OVMF_CODE_4M.fd'],
    why: 'booting amd64 machines with UEFI and secure boot',
  },
  {
    name: 'qemu-efi-aarch64',
    purposes: run,
    arch: 'arm64',
    brings: ['/usr/share/AAVMF/AAVMF_CODE.fd'],
    why: 'the firmware of arm64 machines',
  },
  { name: 'bzip2', purposes: run, brings: ['bzip2'], why: 'images that are packed' },
  { name: 'lbzip2', purposes: run, brings: ['lbzip2'], why: 'packed images, unpacked on all cores' },
  { name: 'swtpm', purposes: run, brings: ['swtpm'], why: 'machines with a TPM' },
  {
    name: 'openssh-client',
    purposes: ['shell', 'test'],
    brings: ['ssh', 'ssh-keygen', 'ssh-add'],
    why: 'the shell of kola spawn, --keys, signed decisions',
  },
  {
    name: 'mmdebstrap',
    purposes: build,
    brings: ['mmdebstrap'],
    why: 'building the reference guest: packages',
  },
  {
    name: 'uidmap',
    purposes: build,
    brings: ['newuidmap', 'newgidmap'],
    why: 'building the reference guest without being root',
  },
  {
    name: 'squashfs-tools',
    purposes: build,
    brings: ['unsquashfs', 'mksquashfs'],
    why: 'building the reference guest: unpacking',
  },
  {
    name: 'squashfs-tools-ng',
    purposes: build,
    brings: ['gensquashfs'],
    why: 'building the reference guest: SELinux labels',
  },
  { name: 'zstd', purposes: build, brings: ['zstd'], why: 'building the reference guest: initrd' },
  { name: 'gdisk', purposes: build, brings: ['sgdisk'], why: 'building the reference guest: partitions' },
  { name: 'cgpt', purposes: build, brings: ['cgpt'], why: 'building the reference guest: boot priorities' },
  {
    name: 'dosfstools',
    purposes: build,
    brings: ['mkfs.vfat'],
    why: 'building the reference guest: EFI partition',
  },
  { name: 'mtools', purposes: build, brings: ['mcopy'], why: 'building the reference guest: EFI partition' },
  { name: 'e2fsprogs', purposes: build, brings: ['mkfs.ext4'], why: 'building the reference guest: ROOT' },
  {
    name: 'cryptsetup-bin',
    purposes: build,
    brings: ['veritysetup'],
    why: 'building the reference guest: dm-verity',
  },
  {
    name: 'grub-common',
    purposes: build,
    brings: ['grub-mkimage'],
    why: 'building the reference guest: boot loader',
  },
  {
    name: 'grub-pc-bin',
    purposes: build,
    arch: 'amd64',
    brings: ['/usr/lib/grub/i386-pc/modinfo.sh'],
    why: 'building the reference guest: BIOS boot loader',
  },
  {
    name: 'grub-efi-amd64-bin',
    purposes: build,
    arch: 'amd64',
    brings: ['/usr/lib/grub/x86_64-efi/modinfo.sh'],
    why: 'building the reference guest: UEFI boot loader',
  },
  {
    name: 'qemu-user-static',
    purposes: build,
    arch: 'arm64',
    brings: ['qemu-aarch64-static'],
    why: 'building the reference guest for another architecture: its programs',
  },
  {
    name: 'binfmt-support',
    purposes: build,
    arch: 'arm64',
    brings: ['update-binfmts'],
    why: 'building the reference guest for another architecture: its programs',
  },
  {
    name: 'arch-test',
    purposes: build,
    arch: 'arm64',
    brings: ['arch-test'],
    why: 'building the reference guest for another architecture: whether they run',
  },
  {
    name: 'openssh-server',
    purposes: ['test'],
    brings: ['sshd'],
    why: 'tests of the SSH client, on a local server',
  },
  {
    name: 'postgresql',
    purposes: ['test'],
    brings: ['pg_ctlcluster'],
    why: 'tests of the history on PostgreSQL',
  },
  {
    name: 'socat',
    purposes: ['test'],
    brings: ['socat'],
    why: 'tests on simulated clouds, with real machines',
  },
  { name: 'curl', purposes: ['test'], brings: ['curl'], why: 'tests of the HTTP, HTTPS and TFTP services' },
  { name: 'chrony', purposes: ['test'], brings: ['chronyd'], why: 'tests of the NTP service' },
  { name: 'clevis', purposes: ['test'], brings: ['clevis'], why: 'tests of the Tang service' },
  { name: 'jose', purposes: ['test'], brings: ['jose'], why: 'tests of the Tang service' },
  { name: 'minisign', purposes: ['test'], brings: ['minisign'], why: 'tests of signed decisions' },
  { name: 'chromium', purposes: ['test'], brings: ['chromium'], why: 'tests of the dashboard, in a browser' },
];

export const packagesFor = (purposes: readonly Purpose[], arches: readonly Arch[]): readonly HostPackage[] =>
  hostPackages.filter(
    ({ purposes: own, arch }) =>
      own.some(purpose => purposes.includes(purpose)) && (arch === undefined || arches.includes(arch)),
  );
