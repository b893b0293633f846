import { minutes } from '../../core/clock.ts';
import type { Machine } from '../../core/machine.ts';
import type { CheckContext, ScenarioInputs } from '../../core/scenario.ts';
import type { Arch } from '../../core/target.ts';
import { runningVersion } from './oem-sysext.ts';

const cache = 'https://bincache.flatcar-linux.net';
const defaults = {
  'devcontainer-url': `${cache}/images/@ARCH@/@VERSION@/flatcar_developer_container.bin.bz2`,
  'devcontainer-binhost-url': `${cache}/boards/@ARCH@-usr/@VERSION@/pkgs`,
} as const;

/** The developer container's files on the guest, in a folder on the disk: the image is larger than the memory. */
export const devFolder = '/var/lib/kola-devcontainer';
export const devImage = `${devFolder}/flatcar_developer_container.bin`;
export const devScript = `${devFolder}/build`;

/** An address for one architecture and version: what the caller gave, or where the project's CI puts it. */
export const devAddress = (
  name: keyof typeof defaults,
  inputs: ScenarioInputs,
  { arch, version }: { readonly arch: Arch; readonly version: string },
): string =>
  (inputs[name] ?? defaults[name])
    .replaceAll('@ARCH@', arch)
    .replaceAll('@VERSION@', encodeURIComponent(version));

/** Runs in the container: fetches the kernel's sources as a binary package and makes modules buildable. */
export const buildScript = (version: string, binhost: string): string => `#!/bin/bash
set -euo pipefail
source /usr/share/flatcar/release
if [ "$FLATCAR_RELEASE_VERSION" != "${version}" ]; then
  echo "expected the container of ${version}, found that of $FLATCAR_RELEASE_VERSION" >&2
  exit 1
fi
export PORTAGE_BINHOST="${binhost}"
export FEATURES="-sandbox -usersandbox -ipc-sandbox -network-sandbox -pid-sandbox -mount-sandbox"
emerge-gitclone
emerge --getbinpkgonly --verbose coreos-sources
zcat /proc/config.gz >/usr/src/linux/.config
exec make -C /usr/src/linux -j"$(nproc)" modules_prepare
`;

/** Gets the container onto the machine, unpacked, and the script and folders that it works with. */
export const prepareDevcontainer = async (t: CheckContext, machine: Machine): Promise<void> => {
  const version = await runningVersion(machine);
  const facts = { arch: t.arch, version };
  await machine.run(
    `sudo mkdir -p ${devFolder}/src ${devFolder}/tmp && sudo chown -R core:core ${devFolder}`,
  );
  const packed = `${devImage}.bz2`;
  const given = t.inputs['devcontainer-file'];
  if (given === undefined)
    await machine.run(
      `curl --fail --silent --show-error --location --retry 5 --output ${packed} ${devAddress('devcontainer-url', t.inputs, facts)}`,
      { timeout: minutes(15) },
    );
  else await machine.upload(given, packed, { owner: 'core:core' });
  // Most of the image is empty: written as holes it fits on the disk.
  await machine.run(
    `set -o pipefail; unpack=$(command -v lbzcat || command -v bzcat); "$unpack" ${packed} | cp --sparse=always /dev/stdin ${devImage} && rm ${packed}`,
    { timeout: minutes(20) },
  );
  await machine.write(
    devScript,
    buildScript(version, devAddress('devcontainer-binhost-url', t.inputs, facts)),
    { mode: 0o755 },
  );
};

/** What proves that the work was done: a header that only modules_prepare makes. */
export const builtHeader = `${devFolder}/src/linux/include/generated/autoconf.h`;
