import { expect, it } from 'vitest';
import { firstWithRoom } from '../../../src/cloud/first-with-room.ts';
import { CapacityError } from '../../../src/core/errors.ts';

const full = (where: string): Error => new CapacityError('cloud-capacity', `${where} is full`);

const attempt = async (places: readonly string[], answers: Readonly<Record<string, Error>>) => {
  const tried: string[] = [];
  const log: string[] = [];
  const choices = {
    places,
    name: (place: string) => place,
    noun: 'zone',
    log: (line: string) => log.push(line),
  };
  const end = await firstWithRoom(choices, async (place, index) => {
    tried.push(`${index} ${place}`);
    const error = answers[place];
    if (error !== undefined) throw error;
    return `made in ${place}`;
  }).catch((error: Error) => error.message);
  return { end, tried, log };
};

it('tries one place after the other until one has room', async () => {
  expect(await attempt(['a', 'b', 'c'], { a: full('a') })).toEqual({
    end: 'made in b',
    tried: ['0 a', '1 b'],
    log: ['No room for a: trying the next zone'],
  });
});

it('says what the last of them said', async () => {
  const { end, log } = await attempt(['a', 'b'], { a: full('a'), b: full('b') });
  expect(end).toBe('b is full');
  expect(log).toHaveLength(1);
});

it('does not go on after anything else, a used-up quota included', async () => {
  for (const error of [new Error('broken'), new CapacityError('cloud-quota', 'broken')]) {
    const { end, tried } = await attempt(['a', 'b'], { a: error });
    expect({ end, tried }).toEqual({ end: 'broken', tried: ['0 a'] });
  }
});
