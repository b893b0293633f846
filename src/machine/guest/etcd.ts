import { minutes, seconds } from '../../core/clock.ts';
import type { IgnitionUnit } from '../../core/ignition.ts';
import type { Machine } from '../../core/machine.ts';
import type { CheckContext, ScenarioNeeds } from '../../core/scenario.ts';
import { unit } from '../user-data/ignition/builders.ts';

/** What etcd scenarios need of an image: Flatcar's etcd-member.service fetches etcd itself as a container image. */
export const etcdNeeds: Pick<ScenarioNeeds, 'capabilities' | 'externalWithout'> = {
  capabilities: ['etcd'],
  externalWithout: { 'etcd-program': ['registry:quay.io'] },
};

export interface EtcdOptions {
  /** Tag of the container image, where one is used. */
  readonly tag?: string;
  /** `ETCD_NAME` …: settings that hold as they are written. */
  readonly settings: Readonly<Record<string, string>>;
  /** The same, with `$private_ipv4`, which is only known when the machine runs. */
  readonly addressed?: Readonly<Record<string, string>>;
}

const addressedFile = '/run/kola-etcd.env';
const environment = (settings: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(settings).map(([key, value]) => `Environment="${key}=${value}"`);

/**
 * Writes the settings that carry an address: systemd puts no variable into `Environment=`, and a file named by
 * `EnvironmentFile=` has to be there before the unit starts.
 */
const addressUnit = (addressed: Readonly<Record<string, string>>): IgnitionUnit =>
  unit('kola-etcd-addresses.service', {
    contents: [
      '[Unit]',
      'Requires=coreos-metadata.service',
      'After=coreos-metadata.service',
      'Before=etcd-member.service',
      '',
      '[Service]',
      'Type=oneshot',
      'RemainAfterExit=yes',
      'EnvironmentFile=/run/metadata/flatcar',
      `ExecStart=/usr/bin/bash -c 'echo "${Object.entries(addressed)
        .map(([key, value]) => `${key}=${value}`)
        .join('" "')}" | tr " " "\\\\n" >${addressedFile}'`,
      '',
    ].join('\n'),
  });

/** Units of a machine that is a member of an etcd cluster. */
export const etcdMember = ({ tag, settings, addressed }: EtcdOptions): readonly IgnitionUnit[] => [
  ...(addressed === undefined ? [] : [addressUnit(addressed)]),
  unit('etcd-member.service', {
    enabled: true,
    dropins: {
      '20-kola.conf': [
        ...(addressed === undefined
          ? []
          : ['[Unit]', 'Requires=kola-etcd-addresses.service', 'After=kola-etcd-addresses.service', '']),
        '[Service]',
        ...(tag === undefined ? [] : [`Environment="ETCD_IMAGE_TAG=${tag}"`]),
        ...environment(settings),
        ...(addressed === undefined ? [] : [`EnvironmentFile=${addressedFile}`]),
        '',
      ].join('\n'),
    },
  }),
];

/** A member that finds the others by a discovery URL; the machines are named by their ids. */
export const discoveredMember = (
  discovery: string,
  more: Partial<EtcdOptions> = {},
): readonly IgnitionUnit[] =>
  etcdMember({
    ...more,
    settings: {
      ETCD_LISTEN_CLIENT_URLS: 'http://0.0.0.0:2379',
      ETCD_DISCOVERY: discovery,
      ...more.settings,
    },
    addressed: {
      ETCD_NAME: '$private_ipv4',
      ETCD_ADVERTISE_CLIENT_URLS: 'http://$private_ipv4:2379',
      ETCD_INITIAL_ADVERTISE_PEER_URLS: 'http://$private_ipv4:2380',
      ETCD_LISTEN_PEER_URLS: 'http://$private_ipv4:2380',
      ...more.addressed,
    },
  });

/** Members that `etcdctl endpoint health` calls healthy, and those it does not. The word alone is also in "unhealthy". */
export const parseHealth = (output: string): { readonly healthy: number; readonly unhealthy: number } => {
  const lines = output.split('\n');
  return {
    healthy: lines.filter(line => /\bis healthy\b/.test(line)).length,
    unhealthy: lines.filter(line => /\bis unhealthy\b|\bunhealthy cluster\b/.test(line)).length,
  };
};

/** A check that all members of a cluster of this size are healthy. */
export const checkHealth = async (t: CheckContext, machine: Machine, size: number): Promise<void> => {
  let last = '';
  await t.check('etcd-healthy', () =>
    t
      .eventually(
        `${size} healthy members of etcd`,
        async () => {
          const { code, stdout } = await machine.try('ETCDCTL_API=3 etcdctl endpoint --cluster health 2>&1', {
            timeout: 60_000,
          });
          last = stdout.trim();
          const { healthy, unhealthy } = parseHealth(last);
          return code === 0 && healthy === size && unhealthy === 0 ? true : undefined;
        },
        { every: seconds(5), until: minutes(3) },
      )
      .catch((error: unknown) => {
        t.log(`Show the last answer of etcdctl: ${last}`);
        throw error;
      }),
  );
};
