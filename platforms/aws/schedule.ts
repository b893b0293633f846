import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  ListSchedulesCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { deleteFully, unsureAbout } from '../../src/cloud/delete-fully.ts';
import { factText, readFactText } from '../../src/cloud/fact-text.ts';
import { faultOf } from '../../src/cloud/fault.ts';
import type { ResourceKind } from '../../src/cloud/kinds.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { epoch, foundResource, tagKeys } from '../../src/cloud/tags.ts';
import type { FoundResource } from '../../src/core/cloud-account.ts';
import type { AwsCloud } from './connect.ts';

/** Schedules of EventBridge that terminate instances when the lease of their run ends, whatever became of kola. */

/** Milliseconds after which a new schedule is known everywhere. */
const unsureFor = 20_000;
const pageSize = 100;

/** `at(2026-11-21T10:00:00)`, in UTC. `seconds` since the epoch. */
const atTime = (seconds: number): string => `at(${new Date(seconds * 1000).toISOString().slice(0, 19)})`;

/** What the service has to do, in the partition (`aws`, `aws-cn` …) that the role is of. */
const targetOf = (role: string, instance: string): { Arn: string; RoleArn: string; Input: string } => ({
  Arn: `arn:${role.split(':')[1]}:scheduler:::aws-sdk:ec2:terminateInstances`,
  RoleArn: role,
  Input: JSON.stringify({ InstanceIds: [instance] }),
});

/** Has an instance terminated at the end of the lease. Schedules bear no tags: their description does. */
export const scheduleEnd = (
  { scheduler, calls }: AwsCloud,
  role: string,
  what: string,
  instance: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> =>
  owner.create('schedule', what, async ({ name, tags }) => {
    const request = new CreateScheduleCommand({
      Name: name,
      ClientToken: name,
      Description: factText(tags),
      ScheduleExpression: atTime(Number(tags[tagKeys.expires])),
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: targetOf(role, instance),
    });
    try {
      await calls.call(
        'scheduler CreateSchedule',
        signal,
        own => scheduler.send(request, { abortSignal: own }),
        { creates: true },
      );
    } catch (error) {
      // The answer to a first try was lost: the name is ours and taken.
      if (faultOf(error)?.code !== 'ConflictException') throw error;
    }
    return { id: name, value: name };
  });

/** Moves the end of an instance on with the lease; milliseconds since the epoch. Nothing, when it is gone already. */
export const postponeEnd = async (
  cloud: AwsCloud,
  name: string,
  expires: number,
  signal: AbortSignal,
): Promise<void> => {
  const known = await describeSchedule(cloud, name, signal);
  if (known?.Target === undefined) return;
  const { Description = '', Target } = known;
  const request = new UpdateScheduleCommand({
    Name: name,
    Description: factText({ ...readFactText(Description), [tagKeys.expires]: epoch(expires) }),
    ScheduleExpression: atTime(Math.floor(expires / 1000)),
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target,
  });
  try {
    await cloud.calls.call('scheduler UpdateSchedule', signal, own =>
      cloud.scheduler.send(request, { abortSignal: own }),
    );
  } catch (error) {
    if (faultOf(error)?.kind !== 'not-found') throw error;
  }
};

/** Throws when schedules may not be used: before anything is created. */
export const checkSchedules = async ({ scheduler, calls }: AwsCloud, signal: AbortSignal): Promise<void> => {
  await calls.call('scheduler ListSchedules', signal, own =>
    scheduler.send(new ListSchedulesCommand({ NamePrefix: 'kola-', MaxResults: 1 }), { abortSignal: own }),
  );
};

const describeSchedule = async (
  { scheduler, calls }: AwsCloud,
  name: string,
  signal: AbortSignal,
): Promise<GetScheduleCommandOutput | undefined> => {
  try {
    return await calls.call('scheduler GetSchedule', signal, own =>
      scheduler.send(new GetScheduleCommand({ Name: name }), { abortSignal: own }),
    );
  } catch (error) {
    if (faultOf(error)?.kind !== 'not-found') throw error;
    return undefined;
  }
};

const namesOf = async (
  { scheduler, calls }: AwsCloud,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const request = new ListSchedulesCommand({
      NamePrefix: prefix,
      MaxResults: pageSize,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    const page = await calls.call('scheduler ListSchedules', signal, own =>
      scheduler.send(request, { abortSignal: own }),
    );
    names.push(...(page.Schedules ?? []).flatMap(({ Name }) => Name ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return names;
};

/** An API that is like EC2's may have no schedules, and those who never use them need no permission to list them. */
const cannotBe: readonly string[] = ['permission', 'not-found', 'not-api', 'invalid'];

export const schedule: ResourceKind<AwsCloud> = {
  kind: 'schedule',
  list: async (cloud, signal, run) => {
    const found: FoundResource[] = [];
    try {
      for (const name of await namesOf(cloud, run === undefined ? 'kola-' : `kola-${run}-`, signal)) {
        const { Description = '' } = (await describeSchedule(cloud, name, signal)) ?? {};
        const resource = foundResource('schedule', name, readFactText(Description));
        if (resource !== undefined) found.push(resource);
      }
    } catch (error) {
      const fault = faultOf(error);
      if (cloud.scheduleRole !== undefined || fault === undefined || !cannotBe.includes(fault.kind))
        throw error;
      cloud.log(`Schedules are not looked at: ${fault.code ?? fault.kind}`);
    }
    return found;
  },
  find: async (cloud, name, _run, signal) =>
    (await describeSchedule(cloud, name, signal)) === undefined ? [] : [name],
  destroy: ({ scheduler, calls, clock }, { id, young }, signal) => {
    const limits = { every: 3000, until: 120_000, unsure: unsureAbout(young, clock, unsureFor) };
    return deleteFully(calls, id, limits, signal, async () => {
      await calls.call('scheduler DeleteSchedule', signal, own =>
        scheduler.send(new DeleteScheduleCommand({ Name: id }), { abortSignal: own }),
      );
      return undefined;
    });
  },
};
