import { readdirSync } from 'node:fs';

const day = 86_400_000;

/** A machine that installs itself takes ten minutes without KVM, and three of them are to: a turn has eight. */
const tooLong = ['equinixmetal'];

/** Clouds that have a test here, by name: a new one takes its turn without being told. */
export const testedClouds = (): readonly string[] =>
  readdirSync(import.meta.dirname)
    .flatMap(name => /^(\w+)\.test\.ts$/.exec(name)?.[1] ?? [])
    .filter(name => !tooLong.includes(name))
    .sort();

/** Another cloud each day (UTC), all of them in as many days as there are clouds. */
export const cloudOf = (time: number, clouds: readonly string[]): string => {
  const cloud = clouds[Math.floor(time / day) % clouds.length];
  if (cloud === undefined) throw new RangeError(`no cloud for ${time} among ${clouds.join(', ') || 'none'}`);
  return cloud;
};
