import { encryptedRoot } from '../../src/machine/guest/encrypted-volume.ts';
import { type IgnitionParts, unit } from '../../src/machine/user-data/ignition/builders.ts';

/** Where Ignition leaves the key that it made for the volume, and where it lies before and after the binding. */
const keyFile = '/etc/luks/rootencrypted';
const toBind = `${keyFile}-bind`;
const bound = `${keyFile}-bound`;
const volume = '/dev/disk/by-partlabel/ROOT';

/** Registers of the firmware, the boot loader and the kernel that a machine stays bound to between updates. */
export const boundRegisters = [4, 7, 8, 9, 11, 12, 13] as const;

const service = (description: string, conditions: readonly string[], commands: readonly string[]): string =>
  [
    '[Unit]',
    `Description=${description}`,
    ...conditions,
    // A root volume that nobody can open again is no machine to go on with.
    'OnFailure=emergency.target',
    'OnFailureJobMode=isolate',
    'Before=first-boot-complete.target multi-user.target',
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    ...commands.map(command => `ExecStart=${command}`),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');

const enrollCommand = (key: string, more: string): string =>
  `/usr/bin/systemd-cryptenroll --tpm2-device=auto --unlock-key-file=${key} ${more} ${volume}`;

/** At the first boot the TPM takes the place of the key. */
const replaceKey = service(
  'Bind the root volume to the TPM',
  ['ConditionFirstBoot=true'],
  [enrollCommand(keyFile, '--wipe-slot=0'), `/usr/bin/rm ${keyFile}`],
);

/** At the first boot the volume is bound to the TPM alone: what that boot measures will never come again. */
const enroll = service(
  'Bind the root volume to the TPM',
  ['ConditionFirstBoot=true'],
  [enrollCommand(keyFile, '--tpm2-pcrs='), `/usr/bin/mv ${keyFile} ${toBind}`],
);

/** Later, where the key waits for it, the binding is narrowed to what this boot has measured. */
const bind = service(
  'Bind the root volume to what this boot measured',
  ['ConditionFirstBoot=false', `ConditionPathExists=${toBind}`],
  [
    enrollCommand(toBind, `--tpm2-pcrs=${boundRegisters.join('+')} --wipe-slot=tpm2`),
    `/usr/bin/mv ${toBind} ${bound}`,
  ],
);

export const enrolledRoot: IgnitionParts = {
  ...encryptedRoot({}),
  units: [unit('kola-enroll.service', { enabled: true, contents: replaceKey })],
};

export const enrolledThenBound: IgnitionParts = {
  ...encryptedRoot({}),
  units: [
    unit('kola-enroll.service', { enabled: true, contents: enroll }),
    unit('kola-bind.service', { enabled: true, contents: bind }),
  ],
};

/** Undoes the narrowing, so that the volume opens whatever is measured; the boot after that binds anew. */
export const unbindScript = `#!/bin/bash
set -euo pipefail
if [ -e ${bound} ]; then mv ${bound} ${toBind}; fi
${enrollCommand(toBind, '--wipe-slot=tpm2 --tpm2-pcrs=')}
`;
