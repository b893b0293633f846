import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { commands } from '../../../src/cli/commands.ts';
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
