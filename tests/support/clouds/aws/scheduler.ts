import { z } from 'zod';
import { json } from '../rest.ts';
import type { SimAnswer, SimRequest } from '../server.ts';
import type { Ec2 } from './ec2.ts';
import { account, region, type Schedule, type Thing } from './state.ts';

const path = /^\/schedules(?:\/([^/]+))?$/;

const verbs: Readonly<Record<string, string>> = {
  POST: 'CreateSchedule',
  GET: 'GetSchedule',
  PUT: 'UpdateSchedule',
  DELETE: 'DeleteSchedule',
};

/** Undefined = the request is for another service. */
export const schedulerActionOf = ({ method, url: { pathname } }: SimRequest): string | undefined => {
  const match = path.exec(pathname);
  if (match === null) return undefined;
  return match[1] === undefined ? 'ListSchedules' : (verbs[method] ?? 'Unknown');
};

export const schedulerRefusal = (status: number, name: string, message: string): SimAnswer =>
  json(status, { Message: message }, { 'x-amzn-errortype': name });

/** No description of the service is at hand: what it is sent is checked here. */
const scheduleSchema = z.strictObject({
  ClientToken: z.string().max(64).optional(),
  Description: z.string().max(512),
  ScheduleExpression: z.string().regex(/^at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)$/),
  ScheduleExpressionTimezone: z.literal('UTC'),
  FlexibleTimeWindow: z.strictObject({ Mode: z.literal('OFF') }),
  ActionAfterCompletion: z.literal('DELETE'),
  Target: z.strictObject({
    Arn: z.literal('arn:aws:scheduler:::aws-sdk:ec2:terminateInstances'),
    RoleArn: z.string().startsWith('arn:aws:iam::'),
    Input: z.string(),
  }),
});
const inputSchema = z.strictObject({ InstanceIds: z.array(z.string()).min(1) });

/** The kind says which of the types of state.ts it is. */
export const isSchedule = (thing: Thing): thing is Schedule => thing.kind === 'schedule';

const arnOf = (name: string): string => `arn:aws:scheduler:${region}:${account}:schedule/default/${name}`;

/** EventBridge Scheduler: schedules that terminate instances once. They are things of the region, beside EC2's. */
export class Scheduler {
  readonly #ec2: Ec2;

  constructor(ec2: Ec2) {
    this.#ec2 = ec2;
  }

  readonly handle = async (request: SimRequest): Promise<SimAnswer> => {
    const action = schedulerActionOf(request);
    const name = path.exec(request.url.pathname)?.[1] ?? '';
    if (action === 'ListSchedules') return this.#list(request.url.searchParams);
    const known = this.#all().find(({ id }) => id === name);
    if (action === 'CreateSchedule') {
      if (known !== undefined)
        return schedulerRefusal(409, 'ConflictException', `Schedule ${name} already exists.`);
      return this.#put(name, request);
    }
    if (known === undefined)
      return schedulerRefusal(404, 'ResourceNotFoundException', `Schedule ${name} does not exist.`);
    if (action === 'UpdateSchedule') return this.#put(name, request);
    if (action === 'DeleteSchedule') {
      this.#ec2.things.delete(name);
      return json(200, {});
    }
    return json(200, { Name: name, GroupName: 'default', Arn: arnOf(name), State: 'ENABLED', ...known.body });
  };

  /** Does what is due; milliseconds since the epoch. A schedule that was carried out is gone. */
  async runDue(now: number): Promise<void> {
    for (const { id, body } of this.#all()) {
      const { ScheduleExpression, Target } = scheduleSchema.parse(body);
      if (Date.parse(`${ScheduleExpression.slice(3, -1)}Z`) > now) continue;
      for (const instance of inputSchema.parse(JSON.parse(Target.Input)).InstanceIds)
        await this.#ec2.terminate(instance);
      this.#ec2.things.delete(id);
    }
  }

  #all(): readonly Schedule[] {
    return [...this.#ec2.things.values()].filter(isSchedule);
  }

  #list(query: URLSearchParams): SimAnswer {
    const size = Math.min(Number(query.get('MaxResults') ?? 100), this.#ec2.settings.pageSize);
    const from = Number(query.get('NextToken') ?? 0);
    const all = this.#all().filter(({ id }) => id.startsWith(query.get('NamePrefix') ?? ''));
    const Schedules = all.slice(from, from + size).map(({ id }) => {
      return { Name: id, Arn: arnOf(id), GroupName: 'default', State: 'ENABLED' };
    });
    return json(200, {
      Schedules,
      ...(from + size < all.length ? { NextToken: String(from + size) } : {}),
    });
  }

  #put(name: string, request: SimRequest): SimAnswer {
    const read = scheduleSchema.safeParse(JSON.parse(request.body.toString('utf8')));
    if (!/^[\w.-]{1,64}$/.test(name) || !read.success)
      return schedulerRefusal(400, 'ValidationException', `${name}: ${read.error?.message ?? 'no name'}`);
    const { ClientToken: _token, ...body } = read.data;
    const schedule: Schedule = { kind: 'schedule', id: name, tags: new Map(), hidden: 0, body };
    this.#ec2.add(schedule);
    return json(200, { ScheduleArn: arnOf(name) });
  }
}
