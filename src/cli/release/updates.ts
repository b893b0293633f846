import { basename } from 'node:path';
import { KolaError, NetworkError, UsageError } from '../../core/errors.ts';
import type { LocalImage } from '../../core/image.ts';
import type { Scenario } from '../../core/scenario.ts';
import type { Arch } from '../../core/target.ts';
import type { Matrix } from '../../gate/policy/matrix.ts';
import { fetchPayload } from '../../image/release/fetch.ts';
import { newestVersion } from '../../image/release/locate.ts';
import { findRelease } from '../../image/release/release.ts';
import type { AbsentPlace } from '../../plan/matrix.ts';
import { releaseBefore, type UpdateStart, updateStarts } from '../../plan/update-starts.ts';
import { openFound } from '../release-images.ts';
import { gap, type ImagesInput, type PlaceWithImage } from './images.ts';
import { type CellInput, startVariant, updateCell, updateTier } from './tiers.ts';

/** A payload of the candidate on this machine, verified. */
export interface CandidatePayload {
  readonly arch: Arch;
  readonly path: string;
  /** What results of its updates are about. */
  readonly candidate: { readonly name: string; readonly version: string; readonly digest: string };
}

/** A place whose machines start with an older release and install the candidate. */
export interface UpdatePlace extends PlaceWithImage {
  readonly start: UpdateStart & { readonly version: string };
  /** What machines boot; it brings the payload. */
  readonly from: LocalImage;
  readonly payload: CandidatePayload;
  readonly scenarios: readonly Scenario[];
}

/** A scenario that a start would have, and that cannot be tried: its absence must not pass for a success. */
export interface Untested {
  readonly platform: string;
  readonly arch: Arch;
  readonly scenario: string;
}

export interface UpdatesInput extends Pick<ImagesInput, 'options' | 'terminal' | 'maxBytes'> {
  readonly ready: readonly PlaceWithImage[];
  readonly matrix: Matrix;
  readonly channel: string;
  readonly version: string;
  /** `--previous`. */
  readonly named: string | undefined;
  /** Versions that the history has of the channel. */
  readonly known: readonly string[];
  readonly cells: CellInput;
}

export interface Updates {
  readonly ready: readonly UpdatePlace[];
  readonly absent: readonly AbsentPlace[];
  readonly untested: readonly Untested[];
}

/**
 * Finds, downloads and verifies what the update tier boots and installs. A file that the server does not have leaves a gap
 * that is named, with the scenarios that it costs; what does not verify ends everything.
 */
export const resolveUpdates = async (input: UpdatesInput): Promise<Updates> => {
  const places = input.ready.filter(({ place }) =>
    input.matrix.update.platforms.includes(place.platform.name),
  );
  const ready: UpdatePlace[] = [];
  const absent: AbsentPlace[] = [];
  const untested: Untested[] = [];
  if (input.matrix.update.from.length === 0) return { ready, absent, untested };
  const payloads = new Map<Arch, Promise<CandidatePayload>>();
  for (const one of places) {
    const { arch } = one.place;
    const payloadOnce = (): Promise<CandidatePayload> => {
      const known = payloads.get(arch) ?? payloadFor(one, input);
      payloads.set(arch, known);
      return known;
    };
    for (const start of await startsOf(one, input)) {
      const wanted = updateCell(one.place, start, input.cells).update;
      if (wanted.length === 0) continue;
      try {
        ready.push(await openStart(one, start, payloadOnce, input));
      } catch (error) {
        if (!isAbsence(error)) throw error;
        const platform = `${one.place.platform.name}[${startVariant(start)}]`;
        absent.push({ platform, arch, state: 'unavailable', note: error.message });
        untested.push(...wanted.map(({ name }) => ({ platform, arch, scenario: name })));
      }
    }
  }
  return { ready, absent, untested };
};

const absentCodes: ReadonlySet<string> = new Set([
  ...gap,
  'release-nowhere',
  'payload-absent',
  'previous-unknown',
]);

/** Something is not there, which is not the same as something that is wrong. */
const isAbsence = (error: unknown): error is KolaError =>
  error instanceof KolaError && absentCodes.has(error.code);

const startsOf = async (
  { place }: PlaceWithImage,
  { matrix, channel, version, named, known, options }: UpdatesInput,
): Promise<readonly UpdateStart[]> => {
  const rules = matrix.update.from;
  const current = rules.some(rule => 'release' in rule)
    ? await findRelease({ channel, version: newestVersion, arch: place.arch }, options).catch(
        (error: unknown) => {
          // Which one it is may be known from elsewhere.
          if (error instanceof NetworkError || isAbsence(error)) return undefined;
          throw error;
        },
      )
    : undefined;
  const newest = current === undefined ? [] : [current.version];
  const previous = releaseBefore(version, { named, known: [...newest, ...known] });
  return updateStarts(rules, { channel, version }, previous);
};

const payloadFor = async (
  { image }: PlaceWithImage,
  { options }: UpdatesInput,
): Promise<CandidatePayload> => {
  const { release } = image;
  const { path, origin } = await fetchPayload(release, options);
  return {
    arch: release.arch,
    path,
    candidate: { name: basename(path), version: release.version, digest: origin.sha256 },
  };
};

const openStart = async (
  one: PlaceWithImage,
  start: UpdateStart,
  payloadOnce: () => Promise<CandidatePayload>,
  input: UpdatesInput,
): Promise<UpdatePlace> => {
  const { channel, version } = start;
  const { place } = one;
  if (version === undefined)
    throw new UsageError('previous-unknown', `the release before ${input.version} is not known`, {
      hint: 'name it with --previous',
    });
  const payload = await payloadOnce();
  const release = await findRelease({ channel, version, arch: place.arch }, input.options);
  const { image: from } = await openFound(
    release,
    place.platform.name,
    input.options,
    input.terminal,
    input.maxBytes,
    payload.path,
  );
  const scenarios = updateTier(input.cells.scenarios, start);
  return { ...one, start: { ...start, version }, from, payload, scenarios };
};
