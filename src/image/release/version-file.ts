import { z } from 'zod';
import { NetworkError } from '../../core/errors.ts';
import { isVersion } from '../../core/version.ts';

/** What `version.txt` says of the build it lies beside. */
const versionFileSchema = z.object({
  FLATCAR_VERSION: z.string().refine(isVersion, 'is not a version'),
  FLATCAR_BUILD_ID: z.string().optional(),
});

/** The version of a build, from the text of its `version.txt`. `where` is for the message. */
export const versionIn = (text: string, where: string): string => {
  const pairs = [...text.matchAll(/^([A-Z_]+)=["']?([^"'\n\r]*)["']?\s*$/gm)].map(
    ([, key = '', value = '']) => [key, value.trim()] as const,
  );
  const parsed = versionFileSchema.safeParse(Object.fromEntries(pairs));
  if (parsed.success) return parsed.data.FLATCAR_VERSION;
  const begin = JSON.stringify(text.slice(0, 60));
  throw new NetworkError('version-file', `${where}: expected FLATCAR_VERSION=…, found ${begin}`, {
    hint: 'a proxy or a captive portal may have answered in place of the release server',
  });
};
