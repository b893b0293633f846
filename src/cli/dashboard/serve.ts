import { once } from 'node:events';
import { resolve } from 'node:path';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { type Access, isLoopback, proxyAccess, tokenAccess } from '../../dashboard/access.ts';
import { followRun } from '../../dashboard/follow.ts';
import { createNews, watchSite } from '../../dashboard/news.ts';
import { startServer } from '../../dashboard/server.ts';
import { openStore } from '../../store/open.ts';
import type { CommandInput } from '../command.ts';
import { storeOf } from '../options/store.ts';
import { decisionsFolder } from '../policy-files.ts';
import type { Settings } from '../settings/settings.ts';
import { listenForStop } from '../stop.ts';
import type { Terminal } from '../terminal.ts';
import { siteFor } from './site.ts';

/** `kola dashboard`: serves until it is stopped. */
export const serveDashboard = async (input: CommandInput): Promise<ExitCode> => {
  const { settings, terminal } = input;
  const host = settings.text('host') ?? '127.0.0.1';
  const port = settings.integer('port', 0) ?? 0;
  const access = await accessFor(settings, terminal, host);
  const follow = settings.list('follow').map(folder => resolve(terminal.cwd, folder));
  using stop = listenForStop(terminal);
  // Only what is followed is written: without it a store that is not there stays away.
  await using store = await openStore(storeOf(settings, terminal), {
    mode: follow.length > 0 ? 'write' : 'read',
  });
  // Whoever reaches an open address is the public.
  const site = await siteFor(input, store, isLoopback(host));
  const news = createNews();
  const tell = tellOnce(terminal);
  await site.newest();
  await using server = await startServer({
    site,
    news,
    access,
    decisionFolder: decisionsFolder(settings, terminal),
    host,
    port,
    now: Date.now,
  });
  for (const folder of follow) followRun(store, folder, stop.signal, tell);
  watchSite(site, news, stop.signal, tell);
  terminal.out(`Serving ${server.url}`);
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  return exitCode.passed;
};

const accessFor = async (settings: Settings, terminal: Terminal, host: string): Promise<Access> => {
  const [tokens, header] = [settings.text('tokens'), settings.text('identity-header')];
  if (tokens !== undefined && header !== undefined)
    throw settings.wrong('identity-header', 'either --tokens or --identity-header, found both');
  if (tokens !== undefined) return tokenAccess(resolve(terminal.cwd, tokens));
  return header === undefined ? { kind: 'none' } : proxyAccess(header, host);
};

/** What goes wrong in the background is said once, and again when it is something else. */
const tellOnce = (terminal: Terminal): ((error: unknown) => void) => {
  let last = '';
  return error => {
    const text = error instanceof Error ? error.message : String(error);
    if (text !== last) terminal.err(`kola: ${text}`);
    last = text;
  };
};
