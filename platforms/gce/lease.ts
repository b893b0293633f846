import { faultOf } from '../../src/cloud/fault.ts';
import { tagKeys } from '../../src/cloud/tags.ts';
import type { OwnedResource } from '../../src/core/ledger.ts';
import type { Firewall, Image, Instance, Labels, Operation } from './api.ts';
import { renewBucket } from './bucket.ts';
import type { GceCloud } from './connect.ts';
import { describeTags, readDescription, splitZonal } from './kinds.ts';
import { compute, finish } from './requests.ts';

/** Adds labels to an image; what it has stays. */
export const labelImage = async (
  cloud: GceCloud,
  name: string,
  labels: Labels,
  signal: AbortSignal,
): Promise<void> => {
  const { labels: known, labelFingerprint } = await compute<Image>(
    cloud,
    'images',
    'get',
    { image: name },
    signal,
  );
  const begun = await compute<Operation>(
    cloud,
    'images',
    'setLabels',
    {
      resource: name,
      globalSetLabelsRequestResource: { labels: { ...known, ...labels }, labelFingerprint },
    },
    signal,
  );
  await finish(cloud, 'compute images.setLabels', begun, signal);
};

const labelInstance = async (
  cloud: GceCloud,
  id: string,
  labels: Labels,
  signal: AbortSignal,
): Promise<void> => {
  const { zone, name } = splitZonal(id);
  const address = { zone, instance: name };
  const { labels: known, labelFingerprint } = await compute<Instance>(
    cloud,
    'instances',
    'get',
    address,
    signal,
  );
  const begun = await compute<Operation>(
    cloud,
    'instances',
    'setLabels',
    { ...address, instancesSetLabelsRequestResource: { labels: { ...known, ...labels }, labelFingerprint } },
    signal,
  );
  await finish(cloud, 'compute instances.setLabels', begun, signal);
};

const describeFirewall = async (
  cloud: GceCloud,
  firewall: string,
  labels: Labels,
  signal: AbortSignal,
): Promise<void> => {
  const { description } = await compute<Firewall>(cloud, 'firewalls', 'get', { firewall }, signal);
  const firewallResource = { description: describeTags({ ...readDescription(description), ...labels }) };
  const begun = await compute<Operation>(cloud, 'firewalls', 'patch', { firewall, firewallResource }, signal);
  await finish(cloud, 'compute firewalls.patch', begun, signal);
};

/** Writes a later end of lease on one resource. Disks go with their instances, whose lease counts. */
export const renewOne = async (
  cloud: GceCloud,
  { kind, id }: OwnedResource,
  expires: string,
  signal: AbortSignal,
): Promise<void> => {
  if (id === undefined) return;
  const labels = { [tagKeys.expires]: expires };
  try {
    if (kind === 'instance') await labelInstance(cloud, id, labels, signal);
    else if (kind === 'image') await labelImage(cloud, id, labels, signal);
    else if (kind === 'firewall') await describeFirewall(cloud, id, labels, signal);
    else if (kind === 'bucket') await renewBucket(cloud, id, expires, signal);
  } catch (error) {
    // It is being destroyed right now.
    if (faultOf(error)?.kind !== 'not-found') throw error;
  }
};
