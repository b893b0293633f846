import type { Arch } from '../../src/core/target.ts';

/** The word that an installer says on TCP port 9 when the disk is written, and what it waits for then. */
export const installedWord = 'installed';
export const rebootWord = 'reboot';
/** Discard: closed in an installed system, so that nobody takes one for the other. */
export const signalPort = 9;

export interface InstallerUrls {
  readonly kernel: string;
  readonly initrd: string;
}

const fileNames = {
  kernel: 'flatcar_production_pxe.vmlinuz',
  initrd: 'flatcar_production_pxe_image.cpio.gz',
} as const;

/** Where the installer's kernel and initrd lie: named one by one, in a folder, or in Flatcar's current stable release. */
export const installerUrls = (
  arch: Arch,
  said: {
    readonly base?: string | undefined;
    readonly kernel?: string | undefined;
    readonly initrd?: string | undefined;
  },
): InstallerUrls => {
  const base = (said.base ?? `https://stable.release.flatcar-linux.net/${arch}-usr/current`).replace(
    /\/+$/,
    '',
  );
  return {
    kernel: said.kernel ?? `${base}/${fileNames.kernel}`,
    initrd: said.initrd ?? `${base}/${fileNames.initrd}`,
  };
};

/** What a device's firmware runs: boots the installer, which fetches its configuration from `config`. */
export const ipxeScript = (arch: Arch, urls: InstallerUrls, config: string): string =>
  [
    '#!ipxe',
    [
      `kernel ${urls.kernel} initrd=${fileNames.initrd}`,
      'flatcar.first_boot=1 flatcar.oem.id=packet',
      `ignition.config.url=${config}`,
      // The serial line that SOS shows; on arm64 the kernel finds it in the firmware's tables.
      ...(arch === 'amd64' ? ['console=ttyS1,115200n8'] : []),
    ].join(' '),
    `initrd --name ${fileNames.initrd} ${urls.initrd}`,
    'boot',
    '',
  ].join('\n');

/** What the installed system is to be given. */
export interface InstallerWish {
  /** bzip2 of the disk. */
  readonly imageUrl: string;
  /** Empty = none. */
  readonly userData: string;
  /** Form of `userData`. */
  readonly channel: 'none' | 'ignition' | 'cloudinit';
}

export const paths = { userData: '/userdata', imageUrl: '/etc/kola/image-url' } as const;

/** Ignition 3 configuration of the installer. Holds the machine's user-data, which is secret. */
export const installerConfig = ({ imageUrl, userData, channel }: InstallerWish): string =>
  JSON.stringify({
    ignition: { version: '3.3.0' },
    storage: {
      files: [
        file(paths.imageUrl, `${imageUrl}\n`),
        ...(userData === '' ? [] : [file(paths.userData, userData, 0o600)]),
        file('/noop.ign', JSON.stringify({ ignition: { version: '3.0.0' } })),
        file('/opt/kola/install', installScript(userData === '' ? 'none' : channel), 0o755),
        file('/opt/kola/report', reportScript, 0o755),
      ],
    },
    systemd: {
      units: [
        // Nobody must take the installer for the system that is tested.
        { name: 'sshd.socket', mask: true },
        { name: 'sshd.service', mask: true },
        // The installed system reads the user-data; here it would be applied to the installer.
        { name: 'coreos-cloudinit.service', mask: true },
        { name: 'oem-cloudinit.service', mask: true },
        { name: 'kola-signal.socket', enabled: true, contents: signalSocket },
        { name: 'kola-signal@.service', contents: signalService },
        { name: 'kola-install.service', enabled: true, contents: installService },
      ],
    },
  });

const file = (path: string, text: string, mode = 0o644): object => ({
  path,
  mode,
  overwrite: true,
  contents: { source: `data:;base64,${Buffer.from(text).toString('base64')}` },
});

const userDataArguments = {
  none: '',
  ignition: `-i ${paths.userData}`,
  cloudinit: `-i /noop.ign -c ${paths.userData}`,
} as const;

/** Every disk is wiped, so that a device that was used before starts like a new one. */
const installScript = (channel: InstallerWish['channel']): string => `#!/bin/bash
set -uo pipefail
mkdir -p /run/kola
fail() { echo "failed: $*" > /run/kola/outcome.new; mv /run/kola/outcome.new /run/kola/outcome; exit 1; }
cd /var/tmp || fail "no /var/tmp"
curl -fsSL --retry 20 --retry-all-errors --retry-max-time 120 -o image.bin.bz2 "$(cat ${paths.imageUrl})" || fail "the image could not be fetched"
vgchange -an || true
for disk in $(lsblk -dnpo NAME,TYPE | awk '$2 == "disk" { print $1 }'); do
  wipefs --all --force "$disk" || fail "$disk could not be wiped"
done
exclude=
# The first disk of this plan is an NVMe cache; the firmware boots from another.
curl -fsS --max-time 30 https://metadata.platformequinix.com/metadata | grep -q '"plan": *"s3.xlarge.x86"' && exclude='-e 259'
flatcar-install -s $exclude -f image.bin.bz2 ${userDataArguments[channel]} > /run/kola/install.log 2>&1 || fail "flatcar-install: $(tail -n 1 /run/kola/install.log)"
sync
echo ${installedWord} > /run/kola/outcome
# Nobody may be left to answer.
for second in $(seq 300); do [ -e /run/kola/told ] && break; sleep 1; done
systemctl --no-block reboot
`;

/** One for each connection: says how it ended, waits for the answer. */
const reportScript = `#!/bin/bash
until [ -e /run/kola/outcome ]; do sleep 1; done
cat /run/kola/outcome
read -r -t 240 answer && [ "$answer" = ${rebootWord} ] && touch /run/kola/told
exit 0
`;

const signalSocket = `[Socket]
ListenStream=${signalPort}
Accept=yes
[Install]
WantedBy=sockets.target
`;

const signalService = `[Service]
ExecStart=/opt/kola/report
StandardInput=socket
StandardOutput=socket
StandardError=journal
`;

const installService = `[Unit]
Wants=network-online.target
After=network-online.target
[Service]
Type=oneshot
ExecStart=/opt/kola/install
StandardOutput=journal+console
StandardError=journal+console
[Install]
WantedBy=multi-user.target
`;
