import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { silenced } from '../../src/machine/guest/replaced-program.ts';
import { asRoot } from './_root-script.ts';

/** Debian's program looks at /etc only when it makes everything anew; Flatcar's always does, and has no such option. */
const update =
  'if grep -q -e --fresh "$(command -v update-ca-certificates)"; then update-ca-certificates --fresh; else update-ca-certificates; fi';

export default scenario({
  name: 'docs.certificate-authorities',
  description:
    'Programs trust a server whose authority was added to those of the machine, and did not before',
  tags: ['docs', 'security'],
  platforms: { only: ['qemu'] },
  needs: { services: ['http'] },
  timeout: minutes(6),
  sabotage: {
    kind: 'guest',
    fault: 'the program that makes the links by hash does nothing',
    commands: [silenced('openssl')],
    fails: { check: 'trusted' },
  },
  run: async t => {
    const { machine } = t;
    const https = await t.services.https();
    const url = https.serve('/hello', 'hello over TLS\n');
    const ask = () => machine.try(`curl --silent --show-error --max-time 60 ${url}`, { timeout: minutes(2) });
    const before = await ask();
    // 60 is the number for a certificate that cannot be verified.
    t.equal('untrusted-before', before.code, 60, `exit code of curl (${before.stderr.trim()})`);
    await machine.write('/etc/ssl/certs/kola-authority.pem', https.authority);
    await asRoot(machine, [update], { timeout: minutes(3) });
    const after = await ask();
    t.equal('trusted', after.stdout.trim(), 'hello over TLS', `answer (${after.stderr.trim()})`);
  },
});
