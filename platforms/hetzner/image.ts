import { z } from 'zod';
import { convertDisk } from '../../src/cloud/image/convert.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { managedBy, tagKeys, tagValue } from '../../src/cloud/tags.ts';
import type { LocalImage } from '../../src/core/image.ts';
import { makeKeyPair } from '../../src/machine/ssh/keys.ts';
import { actionSchema, awaitAction, type HetznerCloud } from './connect.ts';
import { create } from './create.ts';
import { kinds } from './kinds.ts';
import { writeDisk } from './rescue.ts';
import { awaitState } from './servers.ts';

export const imageSchema = z.object({
  id: z.number(),
  description: z.string(),
  status: z.string(),
  architecture: z.string(),
  created: z.string(),
  labels: z.record(z.string(), z.string()),
});
export type ImageFacts = z.infer<typeof imageSchema>;

/** What the temporary server is made from; it is overwritten before it is ever started. */
const stock = 'debian-12';

export const digestTag = (image: LocalImage): string => tagValue(image.digest);

export const sharedImages = (cloud: HetznerCloud, signal: AbortSignal): Promise<readonly ImageFacts[]> =>
  cloud.all('/images', 'images', imageSchema, signal, {
    type: 'snapshot',
    label_selector: `${tagKeys.managedBy}==${managedBy},${tagKeys.shared}==yes`,
  });

export const findShared = async (
  cloud: HetznerCloud,
  image: LocalImage,
  signal: AbortSignal,
): Promise<ImageFacts | undefined> =>
  (await sharedImages(cloud, signal)).find(
    ({ labels, status }) => labels[tagKeys.digest] === digestTag(image) && status === 'available',
  );

/** There is no way to upload an image: a server in its rescue system is overwritten, and a snapshot made of it. */
export const uploadImage = async (
  cloud: HetznerCloud,
  image: LocalImage,
  type: string,
  owner: Owner,
  folder: string,
  signal: AbortSignal,
): Promise<string> => {
  const disk = await convertDisk(image, 'raw', folder, signal);
  const pair = makeKeyPair('kola image');
  const key = await create(cloud, 'ssh-key', 'image-key', { public_key: pair.publicKey }, owner, signal);
  const wanted = {
    ...{ server_type: type, image: stock, location: cloud.location, ssh_keys: [key] },
    start_after_create: false,
  };
  const server = await create(cloud, 'server', 'image-server', wanted, owner, signal);
  await awaitState(cloud, server, 'off', signal);
  await act(cloud, server, 'enable_rescue', { type: 'linux64', ssh_keys: [key] }, signal);
  await act(cloud, server, 'poweron', {}, signal);
  const { publicAddress } = await awaitState(cloud, server, 'running', signal);
  cloud.log(`Writing the disk of ${publicAddress} in its rescue system`);
  await writeDisk(publicAddress, pair.privateKey, disk, cloud.clock, signal);
  await act(cloud, server, 'poweroff', {}, signal);
  const id = await owner.create('image', 'image', async ({ name, tags }) => {
    const path = `/servers/${server}/actions/create_image`;
    const answer = z.object({ image: z.object({ id: z.number() }), action: actionSchema });
    const body = { type: 'snapshot', description: name, labels: tags };
    const made = await cloud.send('POST create_image', path, answer, signal, body, {
      creates: true,
      once: true,
    });
    return { id: String(made.image.id), value: made };
  });
  await awaitAction(cloud, id.action.id, 'making the snapshot', signal);
  const kind = kinds.find(one => one.kind === 'server');
  await kind?.destroy(cloud, { id: String(server), name: '', detail: {} }, signal);
  return String(id.image.id);
};

const act = async (
  cloud: HetznerCloud,
  server: number,
  action: string,
  body: object,
  signal: AbortSignal,
): Promise<void> => {
  const path = `/servers/${server}/actions/${action}`;
  const answer = z.object({ action: actionSchema });
  const options = { retry: ['busy'] } as const;
  const begun = await cloud.send(`POST ${action}`, path, answer, signal, body, options);
  await awaitAction(cloud, begun.action.id, `${action} of server ${server}`, signal);
};
