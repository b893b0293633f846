/** What a new scenario is made for. */
export interface NewScenario {
  /** `docs.swap`. */
  readonly name: string;
  /** Folder under `scenarios/`, which is its first tag. */
  readonly area: string;
}

/** A file that is made, by its path in the checkout. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** The scenario, with a check that can fail and the fault that proves it, and a test of both. */
export const newScenarioFiles = (spec: NewScenario): readonly NewFile[] => [
  { path: `scenarios/${spec.area}/${spec.name}.ts`, text: scenarioText(spec) },
  { path: `tests/unit/scenarios/${spec.name}.test.ts`, text: testText(spec) },
];

const scenarioText = ({
  name,
  area,
}: NewScenario): string => `import { scenario } from '../../src/core/scenario.ts';
import { file, ignition } from '../../src/machine/user-data/ignition/builders.ts';

export default scenario({
  name: '${name}',
  description: 'A setting of the kernel that Ignition writes is in force, and survives a reboot',
  tags: ['${area}', 'reboot'],
  userData: ignition({ files: [file('/etc/sysctl.d/80-kola.conf', 'vm.swappiness=10\\n')] }),
  sabotage: {
    kind: 'guest',
    fault: 'another file, which is read later, says something else',
    commands: ["echo 'vm.swappiness=61' | sudo tee /etc/sysctl.d/90-other.conf"],
    fails: { check: 'set-after-reboot' },
  },
  run: async t => {
    const swappiness = (): Promise<string> => t.machine.run('cat /proc/sys/vm/swappiness');
    t.equal('set', await swappiness(), '10', 'vm.swappiness');
    await t.machine.reboot();
    t.equal('set-after-reboot', await swappiness(), '10', 'vm.swappiness after the reboot');
  },
});
`;

const testText = ({ name, area }: NewScenario): string => `import { expect, test } from 'vitest';
import subject from '../../../scenarios/${area}/${name}.ts';
import { fakeContext } from '../../support/fake-context.ts';
import { fakeMachine, type Script } from '../../support/fake-machine.ts';

const saying = (value: string): Script => [[/swappiness/, value]];

/** Ids of the checks that held on a machine that answers like this, before and after its reboot. */
const held = async (before: string, after: string): Promise<readonly string[]> => {
  const machine = fakeMachine(saying(before), { afterReboot: saying(after) });
  const context = fakeContext({ machines: [machine] });
  await subject.run?.(context);
  return context.held;
};

test('${name} passes on a machine that is as promised', async () => {
  expect(await held('10', '10')).toEqual(['set', 'set-after-reboot']);
});

test.each([
  ['60', '10', /^set: /],
  ['10', '60', /^set-after-reboot: /],
])('${name} fails on a machine that says %s, then %s', async (before, after, message) => {
  await expect(held(before, after)).rejects.toThrow(message);
});
`;
