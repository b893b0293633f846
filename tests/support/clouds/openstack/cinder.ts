import { z } from 'zod';
import { json, type RestCall, type Routes } from '../rest.ts';
import type { SimAnswer } from '../server.ts';
import { checked, pageOf, project, type Thing, type World } from './world.ts';

export const cinderRefusal = (status: number, name: string, message: string): SimAnswer =>
  json(status, { [name]: { code: status, message } });

const bad = (message: string): SimAnswer => cinderRefusal(400, 'badRequest', message);

const metadata = z.record(z.string().max(255), z.string().max(255));
const volumeRequest = z.strictObject({
  volume: z.strictObject({
    name: z.string().max(255),
    size: z.number().int().positive(),
    imageRef: z.string().optional(),
    metadata,
  }),
});

const view = ({ id, created, body }: Thing): object => ({ ...body, id, created_at: created });

const gib = 2 ** 30;

export const cinderRoutes = (world: World): Routes => {
  const base = `/volume/v3/${project.id}/volumes`;
  const one = (
    { params }: RestCall,
    work: (volume: Thing) => SimAnswer | Promise<SimAnswer>,
  ): SimAnswer | Promise<SimAnswer> => {
    const volume = world.find('volume', params.id);
    return volume === undefined
      ? cinderRefusal(404, 'itemNotFound', `Volume ${params.id} could not be found.`)
      : work(volume);
  };
  return {
    [`GET ${base}/detail`]: call => {
      const { items, more } = pageOf(world, world.ofKind('volume'), call);
      const next = more ? { volumes_links: [{ rel: 'next', href: 'http://behind.a.proxy/' }] } : {};
      return json(200, { volumes: items.map(view), ...next });
    },
    [`POST ${base}`]: ({ body }) =>
      checked(volumeRequest, body, bad, ({ volume: wanted }) => {
        const image = wanted.imageRef === undefined ? undefined : world.find('image', wanted.imageRef);
        if (wanted.imageRef !== undefined && image?.body.status !== 'active')
          return bad(`Invalid image identifier or unable to access requested image ${wanted.imageRef}.`);
        if (wanted.size * gib < Number(image?.body.virtual_size ?? 0))
          return bad('Invalid input received: the size is smaller than that of the image');
        const volume = world.add('volume', { ...wanted, status: 'creating' });
        world.later(() => void Object.assign(volume.body, { status: 'available' }));
        return json(202, { volume: view(volume) });
      }),
    [`GET ${base}/:id`]: call => one(call, volume => json(200, { volume: view(volume) })),
    [`POST ${base}/:id/metadata`]: call =>
      one(call, volume =>
        checked(z.strictObject({ metadata }), call.body, bad, asked => {
          volume.body.metadata = { ...(volume.body.metadata as object), ...asked.metadata };
          return json(200, { metadata: volume.body.metadata });
        }),
      ),
    [`DELETE ${base}/:id`]: call =>
      one(call, volume => {
        if (!['available', 'error'].includes(String(volume.body.status)))
          return bad('Invalid volume: Volume status must be available or error or error_restoring.');
        volume.body.status = 'deleting';
        world.later(() => void world.things.delete(volume.id));
        return json(202);
      }),
  };
};
