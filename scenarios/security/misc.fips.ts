import { scenario } from '../../src/core/scenario.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { file, ignition } from '../../src/machine/user-data/ignition/builders.ts';

const opensslConfig = `config_diagnostics = 1
openssl_conf = openssl_init

[openssl_init]
providers = provider_sect
alg_section = algorithm_sect

[provider_sect]
fips = fips_sect
base = base_sect

[fips_sect]
activate = 1

[base_sect]
activate = 1

[algorithm_sect]
default_properties = fips=yes

.include /etc/ssl/fipsmodule.cnf
`;

export default scenario({
  name: 'misc.fips',
  description:
    'A machine that was set up for FIPS has it in the kernel and in OpenSSL, and refuses what it forbids',
  tags: ['security', 'fips', 'reboot'],
  platforms: local,
  versions: { from: '3549.0.0' },
  needs: { capabilities: ['fips', 'ignition-kargs'] },
  userData: ignition(
    {
      kernelArguments: { shouldExist: ['fips=1'] },
      files: [file('/etc/system-fips', ''), file('/etc/ssl/openssl.cnf', opensslConfig, { overwrite: true })],
    },
    '3.3',
  ),
  run: async t => {
    const hash = (name: string): string => `echo kola | openssl ${name}`;
    t.equal(
      'in-kernel',
      await t.machine.run('cat /proc/sys/crypto/fips_enabled'),
      '1',
      'crypto.fips_enabled',
    );
    t.match('provider', await t.machine.run('openssl list -provider fips -providers'), /^\s+fips$/m);
    t.match('sha512-works', await t.machine.run(hash('sha512')), /= [0-9a-f]{128}$/);
    const md5 = await t.machine.try(hash('md5'));
    t.ok(
      'md5-refused',
      md5.code !== 0 && md5.code !== 127,
      `openssl md5 exited ${md5.code}: ${md5.stdout}${md5.stderr}`,
    );
  },
});
