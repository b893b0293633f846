import { z } from 'zod';
import { factText, readFactText } from '../../src/cloud/fact-text.ts';
import { faultOf } from '../../src/cloud/fault.ts';
import { tagKeys } from '../../src/cloud/tags.ts';
import type { OwnedResource } from '../../src/core/ledger.ts';
import type { OpenStackCloud } from './connect.ts';
import { describeImage } from './image.ts';
import { type KindName, type Shape, shapes } from './kinds.ts';

const isKind = (kind: string): kind is KindName => Object.hasOwn(shapes, kind);

/** Writes a later end of lease on one resource. That of key pairs follows from the security group of their run. */
export const renewOne = async (
  cloud: OpenStackCloud,
  { kind, id }: OwnedResource,
  expires: string,
  signal: AbortSignal,
): Promise<void> => {
  if (id === undefined || !isKind(kind)) return;
  const { service, path, one = '', facts }: Shape = shapes[kind];
  const own = `${path}/${id}`;
  const lease = { [tagKeys.expires]: expires };
  try {
    if (facts === 'properties') await describeImage(cloud, id, lease, signal);
    else if (facts === 'metadata') {
      const body = { metadata: lease };
      await cloud.send(service, `POST ${path}/:id/metadata`, `${own}/metadata`, z.unknown(), signal, {
        body,
      });
    } else if (facts === 'description') {
      const answer = z.object({ [one]: z.object({ description: z.string().nullish() }) });
      const found = await cloud.send(service, `GET ${path}/:id`, own, answer, signal);
      const description = factText({ ...readFactText(found[one]?.description ?? ''), ...lease });
      const body = { [one]: { description } };
      await cloud.send(service, `PUT ${path}/:id`, own, z.unknown(), signal, { body });
    }
  } catch (error) {
    // It is being destroyed right now.
    if (faultOf(error)?.kind !== 'not-found') throw error;
  }
};
