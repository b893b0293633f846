import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { discoverScenarios } from '../../../src/cli/discover.ts';
import { channelRules, loadPolicy, openChannels, parsePolicy } from '../../../src/gate/policy/load.ts';
import { loadMatrix, parseMatrix } from '../../../src/gate/policy/matrix.ts';
import { loadWaivers, parseWaiver } from '../../../src/gate/waiver.ts';
import { policyText } from '../../support/gate-input.ts';

const root = join(import.meta.dirname, '../../..');

describe('policy/flatcar.yaml', async () => {
  const { policy } = await loadPolicy(join(root, 'policy/flatcar.yaml'));
  it('has every channel and LTS stream, each stream with its end of life', () => {
    expect(openChannels(policy)).toEqual(['alpha', 'beta', 'stable', 'lts-2023', 'lts-2024', 'edge']);
    for (const name of ['lts-2023', 'lts-2024']) {
      const stream = channelRules(policy, name);
      expect(stream.major).toBe(name === 'lts-2023' ? 3510 : 4081);
      expect(stream.endOfLife).toMatch(/^(unknown|\d{4}-\d\d-\d\d)$/);
      expect(stream.names).toEqual([name, 'lts']);
      expect(stream.rules.lineage).toMatchObject({ from: 'stable' });
    }
    expect(() => channelRules(policy, 'lts')).toThrow(/no channel lts/);
  });
  it('follows the promotion order and spares alpha nothing', () => {
    expect(channelRules(policy, 'beta').rules.lineage).toEqual({
      from: 'alpha',
      featureComplete: true,
      severity: 'blocking',
    });
    expect(channelRules(policy, 'stable').rules.lineage).toMatchObject({ from: 'beta' });
    expect(channelRules(policy, 'stable').rules.knownIssues).toMatchObject({
      max: 0,
      kinds: ['known', 'blocker'],
    });
    const vendors = new Set(
      Object.keys(policy.platforms).filter(name => policy.platforms[name]!.results !== 'unavailable'),
    );
    // Never a pass, whatever results there are: see verdict.test.ts.
    expect(policy.platforms.equinixmetal).toEqual({
      results: 'unavailable',
      note: expect.stringMatching(/^provider sunset/),
    });
    const alpha = channelRules(policy, 'alpha');
    expect(new Set(alpha.arches.find(one => one.arch === 'amd64')!.platforms.blocking)).toEqual(vendors);
    expect(alpha.rules.scenarios).toEqual({
      mustPass: ['*'],
      except: [],
      always: ['cl.basic', 'cl.internet'],
    });
    for (const name of openChannels(policy))
      expect(channelRules(policy, name).arches.map(one => one.arch)).toEqual(['amd64', 'arm64']);
  });
  it('has a source file for every rule', () => {
    const files = readdirSync(join(root, 'src/gate/requirements')).map(file => file.replace(/\.ts$/, ''));
    const named = Object.keys(policy.defaults).map(rule =>
      rule.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`),
    );
    const elsewhere = new Map([
      ['quorum', undefined],
      ['second-person', undefined],
      ['window', 'release-window'],
    ]);
    for (const rule of named) {
      const file = elsewhere.has(rule) ? elsewhere.get(rule) : rule;
      if (file !== undefined) expect(files).toContain(file);
    }
  });
});

describe('a mistake in a policy', () => {
  const broken = (from: string, to: string) => () =>
    parsePolicy('policy/p.yaml', policyText.replace(from, to));
  it.each([
    ['a typo', 'budget: 1', 'budgte: 1', /policy\/p\.yaml:\d+:\d+: defaults\.flakes/],
    [
      'an unknown key',
      'title: test',
      'title: test\nsoaking: 3',
      /policy\/p\.yaml:5:\d+: soaking: unknown key/,
    ],
    ['a wrong type', 'ceiling: 3', 'ceiling: many', /policy\/p\.yaml:\d+:\d+: defaults\.retries/],
    ['a key twice', 'title: test', 'title: test\ntitle: again', /policy\/p\.yaml:5:1: .*unique/],
    ['broken YAML', 'title: test', 'title: [', /policy\/p\.yaml:\d+:\d+: /],
    [
      'an unknown platform',
      'blocking: [qemu]',
      'blocking: [qmeu]',
      /channels\.stable\.arches\.amd64: platform qmeu is not described/,
    ],
    [
      'an unknown rule',
      'mayShorten: [soak',
      'mayShorten: [soaking',
      /emergency\.mayShorten: there is no rule soaking/,
    ],
    ['a missing rule', '  sbom: {}\n', '', /policy\/p\.yaml:\d+:\d+: defaults\.sbom/],
    [
      'an unknown base',
      'minors: {',
      'extends: beta\n    minors: {',
      /channels\.stable\.extends: there is no channel beta/,
    ],
  ])('%s is told with its place', (_name, from, to, message) => {
    expect(policyText).toContain(from);
    expect(broken(from, to)).toThrow(message);
  });
  it('points at line and column of the key', () => {
    expect(() =>
      parseMatrix(
        'm.yaml',
        'schema: 1\nsmoke: { tag: x, scenarios: [] }\nplatforms:\n  aws:\n    quota: { vms: 0 }\n    arches: {}\n',
      ),
    ).toThrow(/^m\.yaml:5:19: platforms\.aws\.quota\.vms: /);
  });
});

it('policy/matrix.yaml has the quotas and limits of Flatcar CI', async () => {
  const { platforms } = await loadMatrix(join(root, 'policy/matrix.yaml'));
  const quota = Object.fromEntries(
    Object.entries(platforms).map(([name, one]) => [name, [one.quota.vms, one.limitHours]]),
  );
  expect(quota).toMatchObject({
    aws: [24, 6],
    azure: [60, 6],
    digitalocean: [24, 4],
    gce: [12, 6],
    equinixmetal: [12, 6],
  });
  expect(platforms.equinixmetal!.arches.amd64!.smokeTypes).toEqual([
    'c3.medium.x86',
    'm3.large.x86',
    's3.xlarge.x86',
    'n2.xlarge.x86',
  ]);
});

it('policy/matrix.yaml starts updates at the release before and at 3033.2.4, with scenarios that there are', async () => {
  const { update } = await loadMatrix(join(root, 'policy/matrix.yaml'));
  expect(update.platforms).toEqual(['qemu']);
  expect(update.from.map(({ scenarios: _, ...start }) => start)).toEqual([
    { release: 'previous' },
    { channel: 'stable', version: '3033.2.4' },
  ]);
  const known = new Map((await discoverScenarios(root)).map(({ scenario }) => [scenario.name, scenario]));
  for (const name of update.from.flatMap(({ scenarios }) => scenarios)) {
    expect(known.get(name)?.tags, name).toContain('update');
    expect(known.get(name)?.needs.services, name).toContain('omaha');
  }
});

describe('waiver files', () => {
  const text = readFileSync(join(root, 'policy/waivers/README.md'), 'utf8')
    .split('```yaml\n')[1]!
    .split('```')[0]!;
  it('are as the README shows them', () => {
    expect(parseWaiver('policy/waivers/nvidia.yaml', text)).toMatchObject({
      id: 'nvidia',
      scenario: 'cl.misc.nvidia',
    });
  });
  it.each([
    [
      'a signature that covers everything',
      /signature: .*/,
      "signature: '**********'",
      /w\.yaml:\d+:\d+: signature: a signature of wildcards/,
    ],
    ['no expiry', /expires: .*/, '', /w\.yaml:\d+:\d+: expires/],
    ['no tracker', /tracker: .*/, 'tracker: soon', /w\.yaml:\d+:\d+: tracker/],
    ['a typo', /author:/, 'auhtor:', /w\.yaml:\d+:\d+: auhtor: unknown key/],
  ])('are refused with %s', (_name, from, to, message) => {
    expect(() => parseWaiver('w.yaml', text.replace(from, to))).toThrow(message);
  });
  it('that are not there are none', async () => {
    expect(await loadWaivers(join(root, 'policy/no-such-folder'))).toEqual([]);
  });
});
