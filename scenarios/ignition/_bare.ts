import { type Scenario, type ScenarioSpec, scenario } from '../../src/core/scenario.ts';
import type { IgnitionAbout } from '../../src/core/user-data.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';

type BareSpec = Pick<ScenarioSpec, 'name' | 'description' | 'platforms' | 'versions'> & {
  /** Absent: no user-data at all. */
  readonly about?: IgnitionAbout;
  /** The only place the key may come from. */
  readonly keyFrom: 'metadata' | 'user-data';
};

const updateConf = '/etc/flatcar/update.conf';

/** A machine with next to no user-data boots, and lets in whoever has the key. */
export const bareScenario = ({ about, keyFrom, ...spec }: BareSpec): Scenario =>
  scenario({
    ...spec,
    tags: ['ignition'],
    needs: { coldBoot: true, ...(about === undefined ? { platform: ['user-data-none'] } : {}) },
    allow: {
      ...(keyFrom === 'metadata' ? { noKeyInUserData: true } : { noKeyInMetadata: true }),
      // Without user-data nobody could have written update.conf.
      ...(about === undefined ? { updates: true } : {}),
    },
    userData: about === undefined ? { kind: 'empty' } : ignition({}, about),
    run: async t => {
      const { machine } = t;
      t.equal('logged-in', await machine.run('id -un'), 'core', 'login user');
      const form = about === undefined ? /^none$/ : /^ignition /;
      t.match('user-data-form', machine.userDataForm, form);
      // No check, but a courtesy: without it the machine might update itself while it is looked at.
      await machine.run(`echo SERVER=disabled | sudo tee ${updateConf} >/dev/null`);
    },
  });
