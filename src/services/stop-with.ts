/** Disposes a service when the signal fires; the function that comes back ends that. */
export const stopWith = (signal: AbortSignal, service: AsyncDisposable): (() => void) => {
  const stop = (): void => void service[Symbol.asyncDispose]();
  signal.addEventListener('abort', stop, { once: true });
  return () => signal.removeEventListener('abort', stop);
};
