import { type Scenario, type ScenarioSpec, scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { ignition, link } from '../../src/machine/user-data/ignition/builders.ts';

type DisabledSpec = Pick<ScenarioSpec, 'name' | 'description'> & {
  readonly extensions: readonly string[];
  readonly program: string;
};

/** User-data that keeps extensions of the image from being merged. */
export const withoutExtensions = (extensions: readonly string[]) =>
  extensions.map(name => link(`/etc/extensions/${name}.raw`, '/dev/null', { overwrite: true }));

/** What an extension of the image brings is gone when /etc masks it, and the rest is as it was. */
export const disabledExtension = ({ extensions, program, ...spec }: DisabledSpec): Scenario =>
  scenario({
    ...spec,
    tags: ['sysext', 'docker'],
    platforms: localAndAzure,
    versions: { from: '3761.0.0' },
    needs: { capabilities: ['sysext', 'docker-sysext'] },
    userData: ignition({ links: withoutExtensions(extensions) }, '3.3'),
    run: async t => {
      // A machine whose /usr cannot be read would have no such program either.
      t.equal(
        'usr-is-there',
        (await t.machine.try('test -x /usr/bin/bash')).code,
        0,
        'test -x /usr/bin/bash',
      );
      t.equal('program-gone', (await t.machine.try(`test -e ${program}`)).code, 1, `test -e ${program}`);
    },
  });
