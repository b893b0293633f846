import { parseQueueLocation, type QueueLocation } from '../../queue/location.ts';
import { type Pace, paceOf } from '../../queue/pace.ts';
import { parseQuota, type Quota } from '../../queue/quota.ts';
import type { Settings } from '../settings/settings.ts';
import type { OptionSpec } from './spec.ts';

const group = 'Several hosts';
/** Seconds: below, a busy database would make workers look lost. */
const leastPatience = 5;

const queueOption: OptionSpec = {
  name: 'queue',
  value: 'url',
  description:
    'postgres://user@host/database that runs and workers share; a password: in KOLA_QUEUE or PGPASSWORD',
  group,
};

const quotaOption: OptionSpec = {
  name: 'quota',
  value: 'account=machines[:vcpus]',
  list: true,
  description: 'most at once in an account, over all runs and workers: aws=24, aws/us-east-1=24:96',
  group,
};

/** For everything that puts work into a queue or takes it from there. */
export const queueOptions: readonly OptionSpec[] = [
  queueOption,
  quotaOption,
  {
    name: 'lost-after',
    value: 'seconds',
    fallback: '60',
    description: 'a worker without a sign of life for so long is lost; the same for all on a queue',
    group,
  },
];

export const paceFor = (settings: Settings): Pace =>
  paceOf((settings.integer('lost-after', leastPatience) ?? 60) * 1000);

export const queueOf = (settings: Settings): QueueLocation | undefined => {
  const url = settings.text('queue');
  return url === undefined ? undefined : parseQueueLocation(url, settings.origin('queue'));
};

export const quotasOf = (settings: Settings): readonly Quota[] =>
  settings.list('quota').map(text => parseQuota(text, settings.origin('quota')));
