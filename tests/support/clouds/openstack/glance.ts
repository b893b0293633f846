import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { json, type RestCall, type Routes } from '../rest.ts';
import type { SimAnswer } from '../server.ts';
import { checked, pageOf, project, type Thing, type World } from './world.ts';

const run = promisify(execFile);

export const glanceRefusal = (status: number, title: string, message: string): SimAnswer =>
  json(status, { message: `${message}<br /><br />\n\n\n`, code: `${status} ${title}`, title });

const missing = (): SimAnswer => glanceRefusal(404, 'Not Found', 'No image found');

const imageRequest = z
  .object({
    name: z.string().max(255),
    container_format: z.literal('bare'),
    disk_format: z.enum(['raw', 'qcow2']),
    visibility: z.enum(['private', 'public']).optional(),
    min_disk: z.number().int().nonnegative().optional(),
    architecture: z.enum(['x86_64', 'aarch64']).optional(),
  })
  .catchall(z.string().max(255));

const patch = z.array(
  z.strictObject({ op: z.enum(['add', 'replace']), path: z.string().startsWith('/'), value: z.string() }),
);

const bad = (message: string): SimAnswer => glanceRefusal(400, 'Bad Request', message);
const magic = Buffer.from('QFI\xfb', 'latin1');

/** The file of an image, as it was uploaded. */
const fileOf = (world: World, id: string): string => join(world.folder, `image-${id}`);

/** A raw disk with what an image holds, as hypervisors make it: once, whoever asks while it is being made. */
export const rawDisk = (world: World, id: string): Promise<string> => {
  const made = world.rawDisks.get(id) ?? convert(fileOf(world, id));
  world.rawDisks.set(id, made);
  return made;
};

const convert = async (file: string): Promise<string> => {
  const raw = `${file}.raw`;
  await run('qemu-img', ['convert', '-O', 'raw', file, raw]);
  return raw;
};

/** Puts an image there that is nobody's; returns its id. */
export const addImage = (world: World, disk: Uint8Array, more: object = {}): string => {
  const facts = { name: 'theirs', owner: project.id, status: 'active', disk_format: 'raw', min_disk: 0 };
  const { id } = world.add('image', { ...facts, virtual_size: disk.length, size: disk.length, ...more });
  writeFileSync(fileOf(world, id), disk);
  return id;
};

const view = ({ id, created, body }: Thing): object => ({ ...body, id, created_at: created });

export const glanceRoutes = (world: World): Routes => {
  const one = (
    { params }: RestCall,
    work: (image: Thing) => SimAnswer | Promise<SimAnswer>,
  ): SimAnswer | Promise<SimAnswer> => {
    const image = world.find('image', params.id);
    return image === undefined ? missing() : work(image);
  };
  return {
    'GET /image/v2/images': call => {
      const wanted = [...call.query].filter(([key]) => !['limit', 'marker'].includes(key));
      const fitting = world
        .ofKind('image')
        .filter(({ body }) => wanted.every(([key, value]) => String(body[key]) === value));
      const { items, more } = pageOf(world, fitting, call);
      const next = more ? { next: `/v2/images?marker=${items.at(-1)?.id}` } : {};
      return json(200, { images: items.map(view), first: '/v2/images', ...next });
    },
    'POST /image/v2/images': ({ body }) =>
      checked(imageRequest, body, bad, wanted => {
        const facts = { visibility: 'private', min_disk: 0, virtual_size: null, size: null, ...wanted };
        const image = world.add('image', { ...facts, owner: project.id, status: 'queued' });
        return json(201, view(image));
      }),
    'GET /image/v2/images/:id': call => one(call, image => json(200, view(image))),
    'PATCH /image/v2/images/:id': call =>
      one(call, image =>
        checked(patch, call.body, bad, changes => {
          for (const { op, path, value } of changes) {
            const key = path.slice(1);
            if (op === 'replace' && !(key in image.body)) return glanceRefusal(409, 'Conflict', `no ${key}`);
            image.body[key] = value;
          }
          return json(200, view(image));
        }),
      ),
    'PUT /image/v2/images/:id/file': call =>
      one(call, image => {
        const { body: bytes, headers } = call.request;
        if (headers['content-type'] !== 'application/octet-stream')
          return glanceRefusal(415, 'Unsupported Media Type', 'expected application/octet-stream');
        if (image.body.status !== 'queued')
          return glanceRefusal(
            409,
            'Conflict',
            `Image status transition from ${image.body.status} to saving`,
          );
        if (image.body.disk_format === 'qcow2' && !bytes.subarray(0, 4).equals(magic))
          return bad('the data are no qcow2');
        writeFileSync(fileOf(world, image.id), bytes);
        const virtual = image.body.disk_format === 'qcow2' ? Number(bytes.readBigUInt64BE(24)) : bytes.length;
        Object.assign(image.body, { status: 'saving', size: bytes.length, virtual_size: virtual });
        world.later(() => void Object.assign(image.body, { status: 'active' }));
        return json(204);
      }),
    'DELETE /image/v2/images/:id': call =>
      one(call, image => {
        world.things.delete(image.id);
        return json(204);
      }),
  };
};
