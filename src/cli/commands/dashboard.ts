import { resolve } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/outcome.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { policyOptions, storeOption } from '../options/store.ts';

const serving = 'Serving';

const run = async (input: CommandInput): Promise<ExitCode> => {
  const [action, folder, ...more] = input.args;
  if (action === undefined) return (await import('../dashboard/serve.ts')).serveDashboard(input);
  if (action !== 'export') {
    throw new UsageError('dashboard-action', `kola dashboard: unknown action ${action}`, {
      hint: 'kola dashboard serves, kola dashboard export DIR writes files',
    });
  }
  if (folder === undefined || more.length > 0) {
    throw new UsageError(
      'dashboard-folder',
      `kola dashboard export: expected one folder, found ${input.args.length - 1}`,
    );
  }
  const { exportDashboard } = await import('../dashboard/export.ts');
  return exportDashboard(input, resolve(input.terminal.cwd, folder));
};

export const command: CommandModule = {
  positional: '[export dir...]',
  configurable: ['store', 'policy', 'decisions'],
  after: [
    'Without an action, serves until it is stopped. Whoever can reach the port can read; nobody can change anything',
    'unless --tokens or --identity-header is given.',
    '',
    'Examples:',
    '  kola dashboard --follow=_kola_temp/qemu-latest',
    '  kola dashboard export public/   # static files, for GitHub Pages; embargoed results are left out',
  ].join('\n'),
  options: async () => [
    { ...storeOption, description: `${storeOption.description}; default: ~/.local/share/kola/history.db` },
    ...policyOptions,
    {
      name: 'host',
      value: 'address',
      fallback: '127.0.0.1',
      description: 'address to listen on',
      group: serving,
    },
    { name: 'port', value: 'n', fallback: '8417', description: 'port; 0 = any free one', group: serving },
    {
      name: 'follow',
      value: 'dir',
      list: true,
      description: 'import this run folder while it is being written; may be repeated',
      group: serving,
    },
    {
      name: 'tokens',
      value: 'file',
      description: 'lines of "handle token": who may vote from the page; mode 0600',
      group: serving,
    },
    {
      name: 'identity-header',
      value: 'name',
      description: 'HTTP header in which a signing-in proxy on this machine names the voter',
      group: serving,
    },
    {
      name: 'pages',
      value: 'n',
      fallback: '2000',
      description: 'export at most so many pages, those nearest to the board',
      group: 'Exporting',
    },
  ],
  run,
};
