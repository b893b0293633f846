import { describe, expect, it } from 'vitest';
import { describeTarget } from '../../../src/cli/queue/target.ts';
import { Settings } from '../../../src/cli/settings/settings.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { SimulatedPlatform, simulatedImage } from '../../support/simulated-platform.ts';

const terminal = { cwd: '/work' } as Parameters<typeof describeTarget>[1];
const flag = (name: string) => ({ name, value: 'X', description: name });
const platform = {
  ...new SimulatedPlatform(systemClock).definition('cloudy'),
  flags: ['cloudy-region', 'cloudy-size', 'cloudy-token', 'cloudy-secret-key'].map(flag),
};
const told = (said: Readonly<Record<string, string>>) => {
  const values = new Map(Object.entries(said).map(([name, value]) => [name, { value, origin: `--${name}` }]));
  return describeTarget(
    new Settings(values),
    terminal,
  )({
    platform,
    arch: 'amd64',
    image: simulatedImage,
    channel: 'beta',
    options: {},
  });
};

describe('what workers are told of a target', () => {
  it('holds no secret: those are the own ones of each host', () => {
    const all = told({ 'cloudy-token': 's3cret', 'cloudy-secret-key': 's3cret', 'cloudy-size': 'big' });
    expect(all).toEqual({ target: { 'cloudy-size': 'big', channel: 'beta' }, account: 'cloudy' });
  });

  it('names files by absolute path, and the reference guest by its name', () => {
    expect(told({ image: 'disk.img' }).target).toEqual({ image: '/work/disk.img', channel: 'beta' });
    expect(told({ image: 'reference' }).target).toEqual({ image: 'reference', channel: 'beta' });
  });

  it('has the region in the account, for quotas', () => {
    expect(told({ 'cloudy-region': 'north-1', channel: 'alpha' })).toEqual({
      target: { 'cloudy-region': 'north-1', channel: 'alpha' },
      account: 'cloudy/north-1',
    });
  });
});
