import type { IgnitionConfig } from '../../core/ignition.ts';
import { file, ignitionConfig, unit, user } from './ignition/builders.ts';

/** An ed25519 pair made for one machine. */
export interface HostKey {
  /** OpenSSH PEM. A secret. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…` */
  readonly publicKey: string;
}

/** What the harness wants on a machine besides what the scenario wrote. Kept apart until {@link renderUserData}. */
export interface Additions {
  /** Who logs in: `core` unless the scenario says otherwise. */
  readonly user: string;
  /** In authorized_keys form. Empty when the key must come from the platform's metadata. */
  readonly authorizedKeys: readonly string[];
  /** Pinned by the harness, so that it knows whom it talks to. */
  readonly hostKey?: HostKey;
  /** Writes `SERVER=disabled`, so that no machine updates itself in the middle of a test. */
  readonly disableUpdates: boolean;
  /** Defines `coreos-metadata.service` where the platform's own agent has no service to ask. */
  readonly metadata?: { readonly publicIPv4?: string; readonly privateIPv4?: string };
  /** What `$public_ipv4` and `$private_ipv4` in user-data stand for; by default the variables of the metadata unit. */
  readonly addressVariables?: { readonly publicIPv4: string; readonly privateIPv4: string };
  /** Drop-ins for debugging. */
  readonly dropins?: readonly { readonly unit: string; readonly name: string; readonly contents: string }[];
}

export const hostKeyPath = '/etc/ssh/ssh_host_ed25519_key';
export const updateConfPath = '/etc/flatcar/update.conf';

/** The variable file and its older name, as Flatcar's own agent writes them; nothing needs the addresses quoted. */
export const metadataUnit = ({ publicIPv4, privateIPv4 }: NonNullable<Additions['metadata']>): string => {
  const lines = [
    ...(publicIPv4 === undefined ? [] : [`COREOS_CUSTOM_PUBLIC_IPV4=${publicIPv4}`]),
    ...(privateIPv4 === undefined ? [] : [`COREOS_CUSTOM_PRIVATE_IPV4=${privateIPv4}`]),
  ];
  return [
    '[Unit]',
    'Description=Metadata of this machine, from the test harness',
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    'ExecStart=/usr/bin/mkdir -p /run/metadata',
    // The file appears whole or not at all: EnvironmentFile= of another unit may be waiting for it.
    `ExecStart=/usr/bin/bash -c 'echo -e "${lines.join('\\\\n')}" >/run/metadata/.new'`,
    'ExecStart=/usr/bin/mv /run/metadata/.new /run/metadata/flatcar',
    'ExecStart=/usr/bin/ln -sfn flatcar /run/metadata/coreos',
    '',
    '[Install]',
    'WantedBy=metadata.target',
    '',
  ].join('\n');
};

export interface AddedFile {
  readonly path: string;
  readonly contents: string;
  readonly mode: number;
}

/** The files, in an order that does not matter. */
export const addedFiles = (additions: Additions): readonly AddedFile[] => [
  ...(additions.hostKey === undefined
    ? []
    : [
        { path: hostKeyPath, contents: ended(additions.hostKey.privateKey), mode: 0o600 },
        { path: `${hostKeyPath}.pub`, contents: ended(additions.hostKey.publicKey), mode: 0o644 },
      ]),
  ...(additions.disableUpdates ? [{ path: updateConfPath, contents: 'SERVER=disabled\n', mode: 0o644 }] : []),
];

/** sshd refuses a private key whose last line does not end. */
const ended = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);

/** The additions as an Ignition config of their own. */
export const additionsConfig = (additions: Additions): IgnitionConfig => {
  const { authorizedKeys, metadata } = additions;
  // A login user of the scenario's own has to become root as `core` does.
  const groups = additions.user === 'core' ? {} : { groups: ['sudo'] };
  const users =
    authorizedKeys.length === 0
      ? []
      : [user(additions.user, { sshAuthorizedKeys: authorizedKeys, ...groups })];
  const files = addedFiles(additions).map(({ path, contents, mode }) =>
    file(path, contents, { mode, overwrite: true }),
  );
  const byUnit = Map.groupBy(additions.dropins ?? [], dropin => dropin.unit);
  const units = [
    ...(metadata === undefined
      ? []
      : [unit('coreos-metadata.service', { contents: metadataUnit(metadata) })]),
    ...[...byUnit].map(([name, dropins]) =>
      unit(name, { dropins: Object.fromEntries(dropins.map(dropin => [dropin.name, dropin.contents])) }),
    ),
  ];
  return ignitionConfig({
    ...(users.length === 0 ? {} : { users }),
    ...(files.length === 0 ? {} : { files }),
    ...(units.length === 0 ? {} : { units }),
  });
};
