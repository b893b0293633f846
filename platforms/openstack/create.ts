import { z } from 'zod';
import { createNamed } from '../../src/cloud/create-named.ts';
import { factText } from '../../src/cloud/fact-text.ts';
import type { Draft, Owner } from '../../src/cloud/owner.ts';
import { type Tags, tagKeys } from '../../src/cloud/tags.ts';
import type { OpenStackCloud } from './connect.ts';
import { findByName, type KindName, type Shape, serverTags, shapes } from './kinds.ts';

/** The body of the request, with name and tags where the kind has them. */
const requestOf = (
  kind: KindName,
  body: Readonly<Record<string, unknown>>,
  { name, tags }: Draft,
): object => {
  const { one, facts }: Shape = shapes[kind];
  // A floating IP has no name.
  const named = kind === 'floating-ip' ? {} : { name };
  const whole = { ...named, ...body, ...bearing(facts, tags, body) };
  const tagged = kind === 'server' ? { ...whole, tags: serverTags(tags[tagKeys.run]) } : whole;
  return one === undefined ? tagged : { [one]: tagged };
};

const bearing = (facts: Shape['facts'], tags: Tags, body: Readonly<Record<string, unknown>>): object => {
  if (facts === 'metadata') return { metadata: tags };
  if (facts === 'description') return { description: factText(tags) };
  if (facts === 'properties') return tags;
  const [type = '', blob = ''] = String(body.public_key).split(' ');
  return { public_key: `${type} ${blob} ${factText(tags)}` };
};

const made = z.looseObject({ id: z.string().optional(), name: z.string().optional() });

/**
 * Creates something with a name, tags and `body`, and resolves to its id. The APIs know no idempotency tokens and names
 * need not be unique: after an error of the servers it is looked for by its tags.
 */
export const create = (
  cloud: OpenStackCloud,
  kind: KindName,
  what: string,
  body: Readonly<Record<string, unknown>>,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> =>
  owner.create(kind, what, async draft => {
    const { service, path, one }: Shape = shapes[kind];
    const { [tagKeys.name]: name = '', [tagKeys.run]: run = '' } = draft.tags;
    const answer: z.ZodType<z.infer<typeof made>> =
      one === undefined ? made : z.object({ [one]: made }).transform(found => made.parse(found[one]));
    const id = await createNamed(
      async () => {
        const found = await cloud.send(service, `POST ${path}`, path, answer, signal, {
          ...{ body: requestOf(kind, body, draft), creates: true, once: true },
        });
        return found.id ?? found.name ?? '';
      },
      () => findByName(cloud, kind, name, run, signal),
      cloud.clock,
      signal,
    );
    return { id, value: id };
  });
