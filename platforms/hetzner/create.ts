import { z } from 'zod';
import { faultOf } from '../../src/cloud/fault.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import type { Tags } from '../../src/cloud/tags.ts';
import { actionSchema, awaitAction, type HetznerCloud } from './connect.ts';
import { paths } from './kinds.ts';

const withId = z.object({ id: z.number() });

/**
 * Creates something with a name, labels, and `body`. Names are unique in a project: when a first answer was lost, what
 * bears the name is ours.
 */
export const create = (
  cloud: HetznerCloud,
  kind: string,
  what: string,
  body: object,
  owner: Owner,
  signal: AbortSignal,
): Promise<number> =>
  owner.create(kind, what, async ({ name, tags }) => {
    const id = await createNamed(cloud, kind, { ...body, name, labels: tags }, signal);
    return { id: String(id), value: id };
  });

export const createNamed = async (
  cloud: HetznerCloud,
  kind: string,
  body: { readonly name: string; readonly labels: Tags },
  signal: AbortSignal,
): Promise<number> => {
  const path = paths[kind] ?? '';
  const key = kind.replace('-', '_');
  const answer = z.looseObject({ [key]: withId, action: actionSchema.nullish() });
  try {
    const made = await cloud.send(`POST ${path}`, path, answer, signal, body, { creates: true });
    const { id } = withId.parse(made[key]);
    const begun = actionSchema.safeParse(made.action).data;
    if (begun?.status === 'error') await awaitAction(cloud, begun.id, `creating ${body.name}`, signal);
    return id;
  } catch (error) {
    if (faultOf(error)?.kind !== 'exists') throw error;
    const found = await cloud.all(path, `${path.slice(1)}`, withId, signal, { name: body.name });
    const [there] = found;
    if (there === undefined) throw error;
    return there.id;
  }
};
