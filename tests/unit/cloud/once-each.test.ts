import { expect, it } from 'vitest';
import { OnceEach } from '../../../src/cloud/once-each.ts';

it('makes each once, also for many who ask at the same time', async () => {
  const once = new OnceEach<string>();
  const made: string[] = [];
  const get = (word: string): Promise<string> =>
    once.get(word, async () => {
      made.push(word);
      return `made ${word}`;
    });
  expect(await Promise.all([get('a'), get('a'), get('b')])).toEqual(['made a', 'made a', 'made b']);
  expect(await get('a')).toBe('made a');
  expect(made).toEqual(['a', 'b']);
});

it('makes again what failed', async () => {
  const once = new OnceEach<string>();
  const broken = (): Promise<string> => Promise.reject(new Error('broken'));
  await expect(once.get('a', broken)).rejects.toThrow('broken');
  expect(await once.get('a', async () => 'mended')).toBe('mended');
});
