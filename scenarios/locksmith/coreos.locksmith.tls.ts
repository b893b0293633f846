import { minutes, seconds } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { etcdMember, etcdNeeds } from '../../src/machine/guest/etcd.ts';
import { type LockState, lockStatus } from '../../src/machine/guest/locksmith.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { file, ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';

const folder = '/etc/ssl/etcd';

/** Two authorities, so that neither side can be content with its own. */
const makeCertificates = `#!/bin/bash
set -euo pipefail
# A certificate that is not valid yet would be refused.
timeout 600 bash -c 'until timedatectl show -p NTPSynchronized --value | grep -qx yes; do sleep 1; done' || true
umask 077
mkdir -p ${folder} && cd ${folder}
authority() { openssl req -x509 -newkey rsa:4096 -sha512 -nodes -days 30 -subj "/CN=$1" -keyout "$1-key.pem" -out "$1-cert.pem"; }
certificate() {
  openssl req -newkey rsa:4096 -sha512 -nodes -subj "/CN=$2" -keyout "$2-key.pem" -out "$2.csr"
  openssl x509 -req -sha512 -days 30 -in "$2.csr" -CA "$1-cert.pem" -CAkey "$1-key.pem" -CAcreateserial -out "$2-cert.pem" \\
    -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\\nextendedKeyUsage=serverAuth,clientAuth\\n')
}
authority ca-server
authority ca-client
certificate ca-server server
certificate ca-client client
chmod 755 . && chmod 644 ./*.pem
`;

const makeUnit = `[Unit]
Description=Make certificates for etcd
ConditionPathExists=!${folder}/client-cert.pem
Wants=network-online.target
After=network-online.target
Before=etcd-member.service locksmithd.service

[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=900
ExecStart=/opt/kola/make-certificates

[Install]
RequiredBy=etcd-member.service locksmithd.service
`;

const url = 'https://localhost:2379';
const client = `--endpoint ${url} --etcd-cafile ${folder}/ca-server-cert.pem --etcd-certfile ${folder}/client-cert.pem --etcd-keyfile ${folder}/client-key.pem`;

const text = ({ available, max }: LockState): string => `Available: ${available}, Max: ${max}`;

export default scenario({
  name: 'coreos.locksmith.tls',
  description: 'locksmith takes and gives back its lock in an etcd that wants certificates',
  tags: ['locksmith', 'etcd', 'security'],
  platforms: localAndAzure,
  needs: { ...etcdNeeds, capabilities: ['locksmith', ...(etcdNeeds.capabilities ?? [])] },
  allow: { updates: true },
  timeout: minutes(20),
  userData: ignition(
    {
      files: [
        file('/opt/kola/make-certificates', makeCertificates, { mode: 0o755 }),
        file('/etc/flatcar/update.conf', 'REBOOT_STRATEGY=etcd-lock\nSERVER=disabled\n', { overwrite: true }),
      ],
      units: [
        unit('kola-certificates.service', { enabled: true, contents: makeUnit }),
        ...etcdMember({
          settings: {
            ETCD_ADVERTISE_CLIENT_URLS: url,
            ETCD_LISTEN_CLIENT_URLS: 'https://127.0.0.1:2379',
            ETCD_CLIENT_CERT_AUTH: 'true',
            ETCD_TRUSTED_CA_FILE: `${folder}/ca-client-cert.pem`,
            ETCD_CERT_FILE: `${folder}/server-cert.pem`,
            ETCD_KEY_FILE: `${folder}/server-key.pem`,
            ETCD_ENABLE_V2: 'true',
          },
        }),
        unit('locksmithd.service', {
          enabled: true,
          dropins: {
            '10-tls.conf': [
              '[Service]',
              `Environment="LOCKSMITHD_ETCD_CAFILE=${folder}/ca-server-cert.pem"`,
              `Environment="LOCKSMITHD_ETCD_CERTFILE=${folder}/client-cert.pem"`,
              `Environment="LOCKSMITHD_ETCD_KEYFILE=${folder}/client-key.pem"`,
              `Environment="LOCKSMITHD_ENDPOINT=${url}"`,
              'Environment="LOCKSMITHD_REBOOT_WINDOW_START=00:00"',
              'Environment="LOCKSMITHD_REBOOT_WINDOW_LENGTH=23h59m"',
              '',
            ].join('\n'),
          },
        }),
      ],
    },
    '2.0',
  ),
  run: async t => {
    const { machine } = t;
    await t.check('client-certificate', () =>
      t.eventually(
        'etcd that takes the certificate',
        async () => {
          const { stdout } = await machine.try(
            `openssl s_client -showcerts -verify_return_error -connect localhost:2379 -cert ${folder}/client-cert.pem -key ${folder}/client-key.pem -CAfile ${folder}/ca-server-cert.pem </dev/null 2>/dev/null`,
          );
          return /^\s*Verify return code: 0 \(ok\)$/m.test(stdout) ? true : undefined;
        },
        { every: seconds(5), until: minutes(2) },
      ),
    );
    const status = async (): Promise<LockState> =>
      lockStatus(await machine.run(`locksmithctl ${client} status`));
    await t.check('status', status);
    await machine.run(`sudo systemctl stop locksmithd.service && locksmithctl ${client} lock`);
    t.equal('locked', text(await status()), 'Available: 0, Max: 1', 'the lock');
    // locksmithd gives back what the machine holds when it starts: the reboot is over.
    await machine.run('sudo systemctl start locksmithd.service');
    await t.check('given-back', () =>
      t.eventually(
        'a lock that is free',
        async () => (text(await status()) === 'Available: 1, Max: 1' ? true : undefined),
        { every: seconds(5), until: minutes(3) },
      ),
    );
  },
});
