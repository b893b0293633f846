import { once } from 'node:events';

/** A simulator that a person started: says how to use it, and lives until Ctrl-C. */
export const runByHand = async (
  simulator: { readonly url: string; close(): Promise<void> },
  environment: Readonly<Record<string, string>>,
  command: string,
): Promise<void> => {
  const exports = Object.entries(environment).map(([name, value]) => `  export ${name}='${value}'`);
  process.stdout.write(
    [`listening on ${simulator.url}; in another terminal:`, ...exports, `  ${command}`, ''].join('\n'),
  );
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await simulator.close();
};
