import { openQueue } from '../../../src/queue/database.ts';
import { parseQueueLocation } from '../../../src/queue/location.ts';
import { queueBehaviour, simulated, startWorker } from './world.ts';

/** A worker whose scenarios never end: it is there to be killed. Takes its queue from KOLA_QUEUE. */
await using database = await openQueue(parseQueueLocation(process.env.KOLA_QUEUE ?? '', 'KOLA_QUEUE'));
const platform = simulated({
  ...queueBehaviour,
  command: async () => {
    process.stdout.write('busy\n');
    return await new Promise<never>(() => {});
  },
});
await startWorker(database, platform, { worker: 'doomed', signal: new AbortController().signal });
