import { z } from 'zod';

/** A failure's signature with `*` for anything. One that covers everything covers what nobody has looked at. */
export const signatureGlobSchema = z
  .string()
  .min(8, 'expected a signature of at least 8 characters')
  .refine(
    text => text.replaceAll('*', '').trim().length >= 5,
    'a signature of wildcards alone covers everything',
  );

const day = 86_400_000;

/** `expires` is the last day (UTC) on which it holds; `now` in milliseconds since the epoch. */
export const hasExpired = (expires: string, now: number): boolean =>
  now >= Date.parse(`${expires}T00:00:00Z`) + day;
