import { parseQueueLocation, type QueueLocation } from '../../queue/location.ts';
import { parseQuota, type Quota } from '../../queue/quota.ts';
import type { Settings } from '../settings/settings.ts';
import type { OptionSpec } from './spec.ts';

const group = 'Several hosts';

export const queueOption: OptionSpec = {
  name: 'queue',
  value: 'url',
  description:
    'postgres://user@host/database that runs and workers share; a password: in KOLA_QUEUE or PGPASSWORD',
  group,
};

export const quotaOption: OptionSpec = {
  name: 'quota',
  value: 'account=machines[:vcpus]',
  list: true,
  description: 'most at once in an account, over all runs and workers: aws=24, aws/us-east-1=24:96',
  group,
};

export const queueOf = (settings: Settings): QueueLocation | undefined => {
  const url = settings.text('queue');
  return url === undefined ? undefined : parseQueueLocation(url, settings.origin('queue'));
};

export const quotasOf = (settings: Settings): readonly Quota[] =>
  settings.list('quota').map(text => parseQuota(text, settings.origin('quota')));
