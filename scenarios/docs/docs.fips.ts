import { scenario } from '../../src/core/scenario.ts';
import fips from '../security/misc.fips.ts';

export default scenario({
  ...fips,
  name: 'docs.fips',
  description: 'The configuration that the guide to FIPS gives turns it on in the kernel and in OpenSSL',
  tags: ['docs', 'security', 'fips', 'reboot'],
  sabotage: {
    kind: 'guest',
    fault: "an empty file lies over OpenSSL's configuration",
    commands: ['sudo mount --bind /dev/null /etc/ssl/openssl.cnf'],
    fails: { check: 'md5-refused' },
  },
});
