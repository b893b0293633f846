import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { asRoot } from './_root-script.ts';

const secret = 'only for this state';
/** A register for tests, which may be set back. */
const register = 16;

const seal = [
  'export TPM2TOOLS_TCTI=device:/dev/tpmrm0',
  'cd /run/kola-tpm',
  'tpm2_createprimary -Q -C o -c primary.ctx',
  `tpm2_createpolicy -Q --policy-pcr -l sha256:${register} -L policy`,
  `printf %s '${secret}' | tpm2_create -Q -C primary.ctx -L policy -i - -u sealed.pub -r sealed.priv`,
  'tpm2_load -Q -C primary.ctx -u sealed.pub -r sealed.priv -c sealed.ctx',
];
const unseal = `sudo env TPM2TOOLS_TCTI=device:/dev/tpmrm0 tpm2_unseal -c /run/kola-tpm/sealed.ctx -p pcr:sha256:${register}`;
const change = (tool: string): string => `sudo env TPM2TOOLS_TCTI=device:/dev/tpmrm0 ${tool}`;

export default scenario({
  name: 'docs.tpm',
  description: 'A secret that is sealed to the state of the machine is given out in that state alone',
  tags: ['docs', 'security', 'tpm'],
  needs: { capabilities: ['tpm2-tools'], tpm: true, coldBoot: true },
  timeout: minutes(8),
  sabotage: {
    kind: 'guest',
    fault: 'the device of the TPM is gone',
    commands: ['sudo rm /dev/tpmrm0'],
    fails: { check: 'sealed' },
  },
  run: async t => {
    const { machine } = t;
    await t.check('sealed', () =>
      asRoot(machine, ['mkdir -p /run/kola-tpm', ...seal], { timeout: minutes(3) }),
    );
    t.equal('given-out', await machine.run(unseal), secret, 'the secret');
    await machine.run(change(`tpm2_pcrextend ${register}:sha256=${'11'.repeat(32)}`));
    const { code, stdout } = await machine.try(unseal);
    t.ok('withheld', code !== 0 && !stdout.includes(secret), 'the secret was given out in another state');
    await machine.run(change(`tpm2_pcrreset ${register}`));
    t.equal('given-out-again', await machine.run(unseal), secret, 'the secret');
  },
});
