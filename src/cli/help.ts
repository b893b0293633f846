import { commands } from './commands.ts';

/** What `kola` and `kola help` print. */
export const overview = (): string =>
  [
    'Usage: kola <command> [options]',
    '',
    'Tests releases of Flatcar Container Linux on real machines.',
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(15)}${summary}`),
    `  ${'help [command]'.padEnd(15)}show this, or the options of a command`,
    '',
    'Exit codes: 0 passed, 1 failed, 2 infrastructure only, 3 usage, 4 nothing selected,',
    '5 interrupted, 6 too flaky.',
    '',
  ].join('\n');
