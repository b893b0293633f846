import { readFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { UsageError } from '../../core/errors.ts';
import type { Arch } from '../../core/target.ts';
import { type Store, storing } from '../open.ts';

/** `flatcar_production_image_packages.txt` and `…_contents.txt` of a release. */
export type ReleaseFileKind = 'packages' | 'contents';

export interface ReleaseFileKey {
  readonly channel: string;
  readonly version: string;
  readonly arch: Arch;
  readonly kind: ReleaseFileKind;
}

/** What at least one line of each must look like; the gate's comparison reads them closely. */
const shapes: Readonly<Record<ReleaseFileKind, { readonly line: RegExp; readonly example: string }>> = {
  packages: {
    line: /^\s*[\w+.-]+\/[\w+.-]+-\d\S*\s*$/m,
    example: 'app-admin/sudo-1.9.15_p5::portage-stable',
  },
  contents: {
    line: /^[bcdlps-][rwxsStT-]{9}\s+\d+\s+\S+\s+\S+\s+\d+\s.*\.\//m,
    example: '-rwxr-xr-x 1 root root 12345 2026-11-20 10:11 ./usr/bin/x',
  },
};

/** `kola import packages|contents FILE`. The same list again replaces the one before. Returns its number of lines. */
export const importReleaseFileList = async (
  store: Store,
  file: string,
  key: ReleaseFileKey,
): Promise<number> => {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError('import-absent', `${file}: ${error.message}`, { cause: error });
  });
  const { line, example } = shapes[key.kind];
  if (!line.test(text)) {
    throw new UsageError('list-foreign', `${file}: no line of it is one of a list of ${key.kind}`, {
      hint: `expected lines such as ${example}; nothing was imported`,
    });
  }
  // A release has some 60 000 files: 6 MB, a tenth of it when compressed.
  const gzip = gzipSync(text).toString('base64');
  await storing(store, `a list of ${key.kind} was imported`, () =>
    store.db
      .insertInto('release_files')
      .values({ ...key, gzip })
      .onConflict(conflict => conflict.columns(['channel', 'version', 'arch', 'kind']).doUpdateSet({ gzip }))
      .execute(),
  );
  return text.split('\n').filter(one => one.trim() !== '').length;
};

/** Lists of one kind of some channels' version, by architecture. */
export const releaseLists = (
  store: Store,
  channels: readonly string[],
  version: string,
  kind: ReleaseFileKind,
): Promise<ReadonlyMap<string, string>> =>
  storing(store, `a list of ${kind} was read`, async () => {
    const rows = await store.db
      .selectFrom('release_files')
      .select(['arch', 'gzip'])
      .where('channel', 'in', [...channels])
      .where('version', '=', version)
      .where('kind', '=', kind)
      .execute();
    return new Map(rows.map(row => [row.arch, gunzipSync(Buffer.from(row.gzip, 'base64')).toString()]));
  });
