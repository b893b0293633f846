import { DescribeInstancesCommand, type Instance } from '@aws-sdk/client-ec2';
import type { AwsCloud } from './connect.ts';

/** The instance; undefined when there is none of this id (any more, or yet). */
export const describeInstance = async (
  { ec2, calls }: AwsCloud,
  id: string,
  signal: AbortSignal,
): Promise<Instance | undefined> => {
  const { Reservations = [] } = await calls.call('ec2 DescribeInstances', signal, own =>
    ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }), { abortSignal: own }),
  );
  return Reservations.flatMap(({ Instances = [] }) => Instances)[0];
};

export const stateOf = (instance: Instance): string => instance.State?.Name ?? 'unknown';

/** It cannot come back and costs nothing. */
export const isOver = (state: string): boolean => state === 'terminated' || state === 'shutting-down';
