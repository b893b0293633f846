import { type Scenario, scenario } from '../../src/core/scenario.ts';
import { ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';

/** Variables with a value in an environment file. */
export const variablesOf = (text: string): readonly string[] =>
  text.split('\n').flatMap(line => /^([A-Z0-9_]+)=.+$/.exec(line.trim())?.[1] ?? []);

/** The metadata agent writes what a platform says of a machine where units can read it. */
export const metadataScenario = (platform: string, title: string, variables: readonly string[]): Scenario =>
  scenario({
    name: `cl.metadata.${platform}`,
    description: `The metadata agent writes the addresses and names that ${title} gives a machine`,
    tags: ['cloud', platform, 'metadata'],
    platforms: { only: [platform] },
    needs: { capabilities: ['coreos-metadata'] },
    userData: ignition(
      {
        units: [
          unit('coreos-metadata.service', { enabled: true }),
          unit('metadata.target', {
            enabled: true,
            contents:
              '[Unit]\nDescription=Metadata target\nRequires=coreos-metadata.service\n\n[Install]\nWantedBy=multi-user.target\n',
          }),
        ],
      },
      '1',
    ),
    run: async t => {
      const found = variablesOf(await t.machine.read('/run/metadata/coreos'));
      for (const variable of variables)
        t.ok(`has-${variable}`, found.includes(variable), `${variable} is not among ${found.join(', ')}`);
    },
  });
