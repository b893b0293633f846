import { z } from 'zod';
import type { PlatformFlag } from '../core/platform.ts';

/** Flags that all clouds share. */
export const cloudFlags: readonly PlatformFlag[] = [
  {
    name: 'runner-address',
    value: 'ADDRESS',
    description: 'IPv4 address or block that may reach machines in a cloud (default: found out)',
  },
];

const quote = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

/** A text option; empty is a mistake. */
export const word = (what: string): z.ZodType<string, string> =>
  z
    .string({ error: issue => `expected ${what}, found ${quote(issue.input)}` })
    .min(1, { error: `expected ${what}, found nothing` });

/** A comma-separated list. */
export const words = (what: string): z.ZodType<readonly string[], string> =>
  word(what).transform(text =>
    text
      .split(',')
      .map(item => item.trim())
      .filter(item => item !== ''),
  );

/** An address of a compatible API. */
export const endpointOption = z
  .string({ error: issue => `expected a URL, found ${quote(issue.input)}` })
  .refine(text => /^https?:\/\/[^/]/.test(text) && URL.canParse(text), {
    error: issue => `expected a URL such as http://127.0.0.1:5000, found ${quote(issue.input)}`,
  });

/** Options of {@link cloudFlags}, for the schemas of the platforms. */
export const cloudOptions = {
  runnerAddress: z
    .string({ error: issue => `expected an IPv4 address or block, found ${quote(issue.input)}` })
    .regex(/^(\d{1,3}\.){3}\d{1,3}(\/\d{1,2})?$/, {
      error: issue => `expected an IPv4 address or block, found ${quote(issue.input)}`,
    })
    .optional(),
};
