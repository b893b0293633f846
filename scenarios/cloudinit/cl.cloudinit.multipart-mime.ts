import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import {
  encodedFiles,
  expectedContent,
  extraKey,
  multipart,
  scriptFile,
  undercoverFile,
} from './_multipart.ts';

export default scenario({
  name: 'cl.cloudinit.multipart-mime',
  description: 'Configs and scripts in one user-data of many parts are all applied',
  tags: ['cloudinit'],
  platforms: localAndAzure,
  versions: { from: '3620.0.0' },
  needs: { capabilities: ['coreos-cloudinit'] },
  userData: { kind: 'multipart', text: multipart },
  run: async t => {
    const { machine } = t;
    t.match('first-hostname-wins', await machine.run('hostnamectl'), /^\s*Static hostname: example$/m);
    const keys = await machine.read('/home/core/.ssh/authorized_keys');
    t.ok('key-added', keys.includes(extraKey), 'the key of the config is not among the authorised ones');
    const found = (await machine.run('ls /tmp/kola_*')).split('\n');
    t.equal('files', found.toSorted(), encodedFiles.toSorted(), 'files of the config');
    for (const path of encodedFiles)
      t.equal(`content-${path}`, (await machine.run(`cat ${path}`)).trim(), expectedContent, path);
    await t.check('script-ran', () =>
      t.eventually(`${scriptFile}`, async () =>
        (await machine.try(`test -e ${scriptFile}`)).code === 0 ? true : undefined,
      ),
    );
    t.equal(
      'undercover',
      (await machine.try(`test -e ${undercoverFile}`)).code,
      0,
      `test -e ${undercoverFile}`,
    );
  },
});
