import { UsageError } from '../core/errors.ts';
import type { ReleaseFacts } from '../core/release-facts.ts';
import { arches } from '../core/target.ts';

type ArchFacts = NonNullable<ReleaseFacts['arches'][(typeof arches)[number]]>;

/**
 * Joins what several parts of one release's tests found out about it. Parts that tested different bytes under one name do
 * not belong together: UsageError.
 */
export const joinFacts = (parts: readonly ReleaseFacts[]): ReleaseFacts => {
  const [first] = parts;
  if (first === undefined) throw new RangeError('there are no facts to join');
  const { channel, version } = first;
  for (const other of parts)
    if (other.channel !== channel || other.version !== version)
      throw new UsageError(
        'facts-differ',
        `expected the facts of ${channel} ${version}, found those of ${other.channel} ${other.version}`,
      );
  const untested = parts.flatMap(part => part.untested ?? []);
  const built = parts.flatMap(({ builtAt }) => builtAt ?? []).sort((a, b) => Date.parse(a) - Date.parse(b));
  const joined = arches.flatMap(arch => {
    const own = parts.flatMap(part => part.arches[arch] ?? []);
    return own.length === 0 ? [] : [[arch, joinArch(own, `${version} ${arch}`)] as const];
  });
  return {
    ...Object.assign({}, ...parts.toReversed()),
    ...(built[0] === undefined ? {} : { builtAt: built[0] }),
    ...(parts.some(({ embargoed }) => embargoed === true) ? { embargoed: true } : {}),
    arches: Object.fromEntries(joined),
    ...(untested.length === 0 ? {} : { untested: uniqueBy(untested, one => JSON.stringify(one)) }),
  };
};

const joinArch = (parts: readonly ArchFacts[], what: string): ArchFacts => {
  const images = uniqueBy(
    parts.flatMap(part => part.images),
    ({ platform = '', file, digest }) => `${platform} ${file} ${digest}`,
  );
  refuseOthers(images, what);
  const updates = uniqueBy(
    parts.flatMap(part => part.updates ?? []),
    ({ file, digest }) => `${file} ${digest}`,
  );
  refuseOthers(updates, what);
  return {
    ...(Object.assign({}, ...parts.toReversed()) as ArchFacts),
    images,
    ...(updates.length === 0 ? {} : { updates }),
  };
};

const uniqueBy = <T>(items: readonly T[], keyOf: (item: T) => string): T[] => [
  ...new Map(items.map(item => [keyOf(item), item])).values(),
];

const refuseOthers = (
  files: readonly {
    readonly platform?: string | undefined;
    readonly file: string;
    readonly digest: string;
  }[],
  what: string,
): void => {
  const seen = new Map<string, string>();
  for (const { platform = '', file, digest } of files) {
    const key = `${platform} ${file}`;
    const other = seen.get(key);
    if (other !== undefined && other !== digest)
      throw new UsageError(
        'facts-digest',
        `${what}: ${file} has the digest ${other.slice(0, 19)}… in one part and ${digest.slice(0, 19)}… in another`,
        { hint: 'the server changed it in between: test the release again' },
      );
    seen.set(key, digest);
  }
};
