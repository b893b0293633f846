import { expect, test } from 'vitest';
import { platform as qemu } from '../../../platforms/qemu/index.ts';
import { choosePlatforms, chooseTargets } from '../../../src/cli/choose-platforms.ts';
import { type ListingTarget, listScenarios } from '../../../src/cli/listing.ts';
import { platformSettings } from '../../../src/cli/platform-settings.ts';
import { type Setting, Settings } from '../../../src/cli/settings/settings.ts';
import { scenario } from '../../../src/core/scenario.ts';
import { manifest } from '../../support/manifest.ts';

const settings = (values: Record<string, Setting['value']>): Settings =>
  new Settings(
    new Map(Object.entries(values).map(([name, value]) => [name, { value, origin: `--${name} ${value}` }])),
  );
const request = { patterns: [], tags: [], multiply: 1 };
const found = (spec: Parameters<typeof scenario>[0]) => ({ scenario: scenario(spec), file: 'f' });
const body = async (): Promise<void> => {};

const docker = found({ name: 'a.docker', description: '', needs: { capabilities: ['docker'] }, run: body });
const arm = found({ name: 'b.arm', description: '', arches: ['arm64'], run: body });
const old = found({ name: 'c.old', description: '', versions: { until: '3000.0.0' }, run: body });
const on = (arch: 'amd64' | 'arm64', image?: ListingTarget['manifest']): ListingTarget => ({
  platform: qemu,
  arch,
  channel: 'stable',
  manifest: image,
});

test('without an image only what it cannot know is left open', () => {
  const listed = listScenarios([docker, arm, old], [on('amd64')], request);
  expect(listed.map(({ selected, reason }) => [selected, reason?.code])).toEqual([
    [true, undefined],
    [false, 'arch'],
    [true, undefined],
  ]);
});

test('an image decides capabilities and versions', () => {
  const listed = listScenarios([docker, old], [on('amd64', manifest({ imitates: '4000.0.0' }))], request);
  expect(listed.map(({ reason }) => reason?.code)).toEqual(['capability', 'version']);
});

test('threads that share a core are what not every platform can give', () => {
  const smt = found({ name: 'd.smt', description: '', needs: { vcpus: 2, threadsPerCore: 2 }, run: body });
  const without = { ...qemu, name: 'without', capabilities: { ...qemu.capabilities, features: [] } };
  const [listed] = listScenarios([smt], [on('amd64'), { ...on('amd64'), platform: without }], request);
  expect(listed?.targets.map(({ reason }) => reason?.text)).toEqual([
    undefined,
    'without has no threads-per-core',
  ]);
});

test('selected on one of several targets is selected', () => {
  const [one] = listScenarios([arm], [on('amd64'), on('arm64')], request);
  expect(one).toMatchObject({ selected: true, reason: undefined });
  expect(one?.targets.map(({ target, reason }) => [target, reason?.code])).toEqual([
    ['qemu/amd64/stable', 'arch'],
    ['qemu/arm64/stable', undefined],
  ]);
});

test('platforms by name and alias, each once', () => {
  expect(choosePlatforms(settings({ platform: 'qemu,qemu-unpriv' }), [qemu])).toEqual([qemu]);
  expect(() => choosePlatforms(settings({ platform: 'qemuu' }), [qemu])).toThrow('unknown platform qemuu');
});

test('every platform on every board', () => {
  const both = chooseTargets(settings({ board: ['amd64-usr', 'arm64-usr'] }), [qemu], 'amd64');
  expect(both.map(({ arch }) => arch)).toEqual(['amd64', 'arm64']);
  expect(chooseTargets(settings({}), [qemu], 'arm64').map(({ arch }) => arch)).toEqual(['arm64']);
  const narrow = { ...qemu, capabilities: { ...qemu.capabilities, arches: ['amd64' as const] } };
  expect(() => chooseTargets(settings({ board: 'arm64-usr' }), [narrow], 'amd64')).toThrow(
    'has no arm64 machines',
  );
});

test('options of a platform are checked by it; secure boot becomes its firmware flag', async () => {
  const said = settings({ 'qemu-memory': '1024', 'enable-secureboot': true });
  expect(await platformSettings(qemu, said)).toEqual({ qemuMemory: 1024, qemuFirmware: 'uefi-secure' });
  await expect(platformSettings(qemu, settings({ 'qemu-memory': 'lots' }))).rejects.toThrow(
    '--qemu-memory lots: expected',
  );
  await expect(
    platformSettings(qemu, settings({ 'qemu-firmware': 'bios', 'enable-secureboot': true })),
  ).rejects.toThrow('--enable-secureboot contradicts --qemu-firmware bios');
});
