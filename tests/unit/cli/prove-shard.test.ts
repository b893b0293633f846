import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { platform as qemu } from '../../../platforms/qemu/index.ts';
import { discoverScenarios } from '../../../src/cli/discover.ts';
import { manifestForListing } from '../../../src/cli/list-image.ts';
import { Settings } from '../../../src/cli/settings/settings.ts';
import type { Scenario } from '../../../src/core/scenario.ts';
import { select } from '../../../src/plan/select.ts';

/** What `npm run prove:shard` proves, one part a day. */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(`${root}package.json`, 'utf8'),
);
const script = scripts['prove:shard'] ?? '';
const option = (name: string): string => new RegExp(`--${name}='?([^' ]+)`).exec(script)?.[1] ?? '';
const of = Number(/^today\/(\d+)$/.exec(option('shard'))?.[1]);
const parts = Array.from({ length: of }, (_, index) => index + 1);

const reference = new Settings(new Map([['image', { value: 'reference', origin: '--image reference' }]]));
const manifest = await manifestForListing(reference, 'amd64', root);
const declared = (await discoverScenarios(root)).flatMap(({ scenario }) =>
  scenario.sabotage === undefined ? [] : [scenario],
);

const selected = (part?: number): readonly Scenario[] => {
  if (manifest === undefined) throw new Error('the reference guest has no manifest');
  const { name, kind, version } = manifest;
  const target = {
    platform: qemu.name,
    arch: 'amd64',
    channel: 'reference',
    image: { name, kind, version, digest: '' },
  } as const;
  const { capabilities, aliases } = qemu;
  return select(
    declared,
    { target, manifest, capabilities, platformAliases: aliases },
    {
      patterns: [],
      tags: [option('tag')],
      multiply: 1,
      ...(part === undefined ? {} : { shard: { part, of } }),
    },
  ).selected;
};

test('every part has something to prove, and together they are all', () => {
  const shards = parts.map(part => selected(part).map(({ name }) => name));
  expect(shards.filter(names => names.length === 0)).toEqual([]);
  expect(shards.flat().sort()).toEqual(
    selected()
      .map(({ name }) => name)
      .sort(),
  );
});

test('no part rests on what is outside: what is blocked every day is never proven', () => {
  expect(selected().filter(({ needs }) => (needs.external ?? []).length > 0)).toEqual([]);
});

test('it ends within six minutes: what begins is cut short in time', () => {
  const [budget, limit] = [Number(option('budget')), Number(option('time-limit'))];
  expect(budget).toBeGreaterThan(60);
  expect(budget).toBeLessThan(limit);
  // The rest is for opening the image before, and for the machines to go.
  expect(limit).toBeLessThanOrEqual(330);
});

test('the guide says after how many days all was proven', () => {
  const guide = readFileSync(`${root}docs/guide/writing-a-scenario.md`, 'utf8');
  expect(guide).toContain(`all of it in ${of};`);
});

test('CI proves a part once the tests have built the image', () => {
  expect(readFileSync(`${root}.ci/run`, 'utf8')).toMatch(
    /^phase test npm test\nphase prove npm run prove:shard$/m,
  );
});
