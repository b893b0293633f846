import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { commands } from '../../../src/cli/commands.ts';
import { discoverPlatforms } from '../../../src/cli/discover.ts';
import { fileOptions } from '../../../src/cli/options/file.ts';
import { parseSettings } from '../../../src/cli/settings/yaml.ts';
import type { Scenario } from '../../../src/core/scenario.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const guide = (name: string): string => readFileSync(`${root}docs/guide/${name}`, 'utf8');
const block = (text: string, language: string): string =>
  new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? '';

test('the scenario of the guide is one', async () => {
  const code = block(guide('writing-a-scenario.md'), 'ts').replaceAll("'../../src/", `'file://${root}src/`);
  const { stripTypeScriptTypes } = await import('node:module');
  const source = Buffer.from(stripTypeScriptTypes(code)).toString('base64');
  const { default: example } = (await import(/* @vite-ignore */ `data:text/javascript;base64,${source}`)) as {
    readonly default: Scenario;
  };
  expect(example.name).toBe('my.hostname');
  expect(example.userData?.kind).toBe('ignition');
});

test('the kola.yaml of the guide is accepted', async () => {
  const settings = parseSettings(
    block(guide('getting-started.md'), 'yaml'),
    'kola.yaml',
    await fileOptions(),
  );
  expect([...settings.keys()].sort()).toEqual(['image', 'parallel', 'qemu-memory', 'tag']);
});

test('the README names every command, and the two commands as they are', () => {
  const text = readFileSync(`${root}README.md`, 'utf8');
  for (const { name } of commands) expect(text).toMatch(new RegExp(`\`kola ${name}[ \`]`));
  expect(text).toContain('\nnpm ci && npm run quickstart\n');
  expect(text).toContain('\nnpm ci && npm test\n');
});

const clouds = (await discoverPlatforms()).filter(({ name }) => name !== 'qemu');

test.each(clouds.map(one => [one.name, one] as const))(
  'the guide to clouds has all of %s',
  (_name, platform) => {
    const text = guide('clouds.md');
    const row = text.split('\n').find(line => line.includes(`\`${platform.name}\``)) ?? '';
    for (const alias of platform.aliases) expect(row).toContain(`\`${alias}\``);
    for (const arch of platform.capabilities.arches) expect(row).toContain(arch);
    const { features, userDataLimit } = platform.capabilities;
    if (platform.name !== 'external') expect(/\| none /.test(row)).toBe(!features.includes('console'));
    if (userDataLimit !== undefined) expect(row).toContain(` ${Math.round(userDataLimit / 1024)} KiB `);
    // The rest of the name of the section is for people.
    const anchor = /\(#([^)]+)\)/.exec(row)?.[1]?.replaceAll('-', ' ') ?? 'none';
    const section = text.split('\n## ').find(one => one.toLowerCase().startsWith(`${anchor}\n`)) ?? '';
    for (const { name } of platform.flags.filter(flag => flag.name !== 'runner-address'))
      expect(section).toMatch(new RegExp(`\`--${name}[ \`]`));
    const words = [
      '**Credentials**',
      '**A run creates**',
      '**Limits**',
      platform.name === 'external' ? 'permissions' : '**Permissions**',
    ];
    for (const word of words) expect(section, word).toContain(word);
  },
);

test('the guide to clouds names every simulator', () => {
  const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(`${root}package.json`, 'utf8'),
  );
  const simulators = Object.keys(scripts).filter(name => name.startsWith('sim:'));
  expect(simulators.length).toBeGreaterThan(0);
  for (const name of simulators) expect(guide('clouds.md')).toContain(`\`npm run ${name}\``);
});
