import { scenario } from '../../src/core/scenario.ts';
import { asRoot } from './_root-script.ts';

const key = 'kola-watch';
const watched = '/etc/kola-watched';

/** Programs whose calls the records of a rule's key name. The record of the rule itself names none. */
export const watchedPrograms = (log: string): readonly string[] =>
  log
    .split('\n')
    .filter(line => line.includes(`key="${key}"`))
    .flatMap(line => /\bcomm="([^"]+)"/.exec(line)?.[1] ?? []);

export default scenario({
  name: 'docs.audit',
  description: 'Under an audit rule of one’s own the log names the program that wrote to a file',
  tags: ['docs', 'security'],
  needs: { capabilities: ['audit'] },
  sabotage: {
    kind: 'guest',
    fault: 'a later file of rules turns auditing off',
    commands: ['sudo mkdir -p /etc/audit/rules.d', "echo '-e 0' | sudo tee /etc/audit/rules.d/zz-last.rules"],
    fails: { check: 'writer-named' },
  },
  run: async t => {
    const { machine } = t;
    await machine.write('/etc/audit/rules.d/80-kola.rules', `-w ${watched} -p wa -k ${key}\n-e 1\n`);
    await asRoot(machine, [
      `echo x >${watched}`,
      'systemctl restart audit-rules.service',
      `cat ${watched} >/dev/null`,
      `echo x | tee ${watched} >/dev/null`,
    ]);
    const programs = await t.check('writer-named', () =>
      t.eventually('a record of the write', async () => {
        const found = watchedPrograms(
          await machine.run('sudo journalctl --boot --output=cat --grep=kola-watch || true'),
        );
        return found.includes('tee') ? found : undefined;
      }),
    );
    t.ok('only-writers', !programs.includes('cat'), 'somebody who only reads is in the log');
  },
});
