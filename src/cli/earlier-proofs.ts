import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { type RunEvent, runEventSchema } from '../core/event.ts';
import { subjectKey } from '../core/target.ts';
import type { ProveRequest, TargetRequest } from '../run/request.ts';

/**
 * What the folder of an earlier `kola prove` has as proven, for `--resume`. Proofs of another image prove nothing
 * about this one: a folder that has none of these images is a mistake of the caller.
 */
export const earlierProofs = (
  folder: string,
  targets: readonly Pick<TargetRequest, 'image'>[],
): ProveRequest['proven'] => {
  const events = readEvents(folder);
  const digests = new Set(targets.map(({ image }) => image.digest));
  const images = events.flatMap(event => (event.type === 'run.started' ? event.targets : []));
  if (!images.some(({ image }) => digests.has(image.digest)))
    throw new UsageError(
      'resume-image',
      `--resume ${folder}: that run was about another image: ${images.map(({ image }) => `${image.name} ${image.version}`).join(', ') || 'none'}`,
      { hint: 'give the image of that run, or leave --resume out' },
    );
  return new Map(
    events.flatMap(event =>
      event.type === 'proof.decided' &&
      event.verdict === 'proven' &&
      event.fault !== undefined &&
      digests.has(event.subject.image.digest)
        ? [[subjectKey(event.subject), { run: event.from ?? event.run, fault: event.fault }] as const]
        : [],
    ),
  );
};

/** The last line may be torn: the run was stopped by force. */
const readEvents = (folder: string): readonly RunEvent[] => {
  let text: string;
  try {
    text = readFileSync(join(folder, 'events.ndjson'), 'utf8');
  } catch (error) {
    throw new UsageError('resume-folder', `--resume ${folder}: there is no events.ndjson to read`, {
      hint: 'give the folder that kola prove printed',
      cause: error,
    });
  }
  return text.split('\n').flatMap(line => {
    if (!/"type":"(?:run\.started|proof\.decided)"/.test(line)) return [];
    try {
      return [runEventSchema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
};
