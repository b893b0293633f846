import type { Site } from './site.ts';

/** Tells open pages that there is something new. */
export interface News {
  subscribe(listener: () => void): () => void;
  announce(): void;
}

export const createNews = (): News => {
  const listeners = new Set<() => void>();
  return {
    subscribe: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    announce: () => {
      for (const listener of listeners) listener();
    },
  };
};

const lookEvery = 2000;

/** Looks at the sources now and then, and tells when something else is to be seen. Ends with the signal. */
export const watchSite = (
  site: Site,
  news: News,
  signal: AbortSignal,
  onError: (error: unknown) => void,
  every = lookEvery,
): void => {
  let stamp: string | undefined;
  const look = async (): Promise<void> => {
    const moment = await site.moment();
    if (stamp !== undefined && moment.stamp !== stamp) news.announce();
    stamp = moment.stamp;
  };
  repeat(look, every, signal, onError);
};

/** Does a step every so often, one after the other, without keeping the process alive. */
export const repeat = (
  step: () => Promise<void>,
  every: number,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): void => {
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    step()
      .catch(onError)
      .finally(() => {
        busy = false;
      });
  }, every);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
};
