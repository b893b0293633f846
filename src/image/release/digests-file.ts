import { UsageError } from '../../core/errors.ts';

/**
 * The SHA-512 that a `.DIGESTS` file gives for one file: sections of `# MD5 HASH`, `# SHA1 HASH` and `# SHA512 HASH`, each
 * with lines of `sum  name`. Only the strongest is looked at; without one, the file is refused.
 */
export const sha512In = (text: string, file: string, where: string): string => {
  let section = '';
  for (const line of text.split('\n')) {
    const heading = /^#\s*(\w+)/.exec(line);
    if (heading !== null) section = (heading[1] ?? '').toUpperCase();
    const [, sum, name] = /^([0-9a-fA-F]{128})\s+\*?(.+?)\s*$/.exec(line) ?? [];
    if (sum !== undefined && name === file && (section === '' || section === 'SHA512'))
      return sum.toLowerCase();
  }
  throw new UsageError('digests-silent', `${where} has no SHA-512 of ${file}`, {
    hint: 'the files on the server do not belong together; --insecure-image runs all the same, and counts for nothing',
  });
};
