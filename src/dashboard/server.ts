import { serve } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import { streamSSE } from 'hono/streaming';
import { address, rootOf } from '../../reports/dashboard/addresses.ts';
import { contentPolicy, renderPage } from '../../reports/dashboard/layout.ts';
import { clean, html } from '../../reports/dashboard/markup.ts';
import { HarnessError, KolaError, UsageError } from '../core/errors.ts';
import { isLoopback } from './access.ts';
import { type Action, type ActionOptions, approve, propose, readForm, vote } from './actions.ts';
import type { News } from './news.ts';
import { assets, pageAt } from './pages.ts';

export interface ServerOptions extends ActionOptions {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
}

export interface DashboardServer extends AsyncDisposable {
  /** `http://127.0.0.1:8080/`. */
  readonly url: string;
}

/** Serves the dashboard. Throws HarnessError when the port is taken. */
export const startServer = async (options: ServerOptions): Promise<DashboardServer> => {
  const app = dashboardApp(options);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = serve({ fetch: app.fetch, hostname: options.host, port: options.port }, ({ port }) =>
    resolve(port),
  );
  server.once('error', reject);
  const port = await promise.catch((error: Error) => {
    throw new HarnessError(
      'dashboard-port',
      `cannot listen on ${options.host}:${options.port}: ${error.message}`,
      {
        hint: 'give another --port, or 0 for any free one',
        cause: error,
      },
    );
  });
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}/`,
    [Symbol.asyncDispose]: async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      // Pages keep their stream of news open until the server goes.
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed.promise;
    },
  };
};

/** The routes, without a socket. */
export const dashboardApp = (options: ServerOptions): Hono => {
  const app = new Hono();
  app.use(async (context, next) => {
    if (!hostIsOurs(context.req.header('host'), options)) {
      return context.text('This dashboard does not answer for that host name.\n', 421);
    }
    await next();
    for (const [name, value] of Object.entries(safeHeaders)) context.header(name, value);
    return undefined;
  });
  app.use(csrf());
  app.get('/events', context => events(context, options.news));
  app.get('/assets/*', context => {
    const asset = assets[context.req.path.slice(1)];
    return asset === undefined
      ? context.notFound()
      : context.body(asset.text, 200, { 'content-type': asset.type });
  });
  app.post('/release/:channel/:version/vote', context => act(context, options, vote));
  app.post('/release/:channel/:version/waiver', context => act(context, options, propose));
  app.post('/waivers/approve', context => act(context, options, approve));
  app.get('/*', async context => {
    const path = context.req.path === '/' ? address.board : context.req.path.slice(1);
    const text = await pageAt(await options.site.moment(), path, { live: true, access: options.access.kind });
    return text === undefined ? context.notFound() : context.html(text);
  });
  app.notFound(context =>
    context.html(
      problem(context.req.path, 'There is no such page', 'Nothing in the store has this address.', options),
      404,
    ),
  );
  app.onError((error, context) => {
    if (error instanceof HTTPException) {
      const why = error.status === 403 ? 'The request did not come from this dashboard.' : error.message;
      return context.html(problem(context.req.path, 'This was refused', why, options), error.status);
    }
    const known = error instanceof KolaError;
    const status = known ? (error instanceof UsageError ? 400 : 503) : 500;
    const why = known ? [error.message, error.hint].filter(Boolean).join(' – ') : error.message;
    return context.html(problem(context.req.path, 'This page cannot be shown', why, options), status);
  });
  return app;
};

const safeHeaders = {
  'content-security-policy': `${contentPolicy}; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/**
 * A page of another site whose name was made to point here must not read anything. Behind a proxy the name is the
 * proxy's business; on an open address every name may be right.
 */
const hostIsOurs = (given: string | undefined, { host, access }: ServerOptions): boolean => {
  if (!isLoopback(host) || access.kind === 'proxy') return true;
  const name = (given ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isLoopback(name);
};

const problem = (path: string, title: string, why: string, { access, now }: ServerOptions): string =>
  renderPage(
    {
      root: rootOf(path.slice(1)),
      at: now(),
      live: false,
      access: access.kind,
      marks: { synthetic: false, reference: false },
    },
    {
      title,
      section: '',
      body: html`<h1>${title}</h1><p class="notice" role="alert">${clean(why, 1000)}</p>`,
    },
  );

const keepAlive = 15_000;

const events = (context: Context, news: News): Response =>
  streamSSE(context, async stream => {
    const ended = Promise.withResolvers<void>();
    const send = (event: string): void => {
      stream.writeSSE({ event, data: '' }).catch(() => ended.resolve());
    };
    const stop = news.subscribe(() => send('changed'));
    const beat = setInterval(() => send('beat'), keepAlive);
    beat.unref();
    stream.onAbort(() => ended.resolve());
    send('beat');
    try {
      await ended.promise;
    } finally {
      clearInterval(beat);
      stop();
    }
  });

/** Lets an action happen for somebody who is known; everybody else is told why not. */
const act = async (context: Context, options: ServerOptions, action: Action): Promise<Response> => {
  const sent = await readForm(context, options.access);
  if (sent === undefined) {
    const why =
      options.access.kind === 'none' ? 'This dashboard is read-only.' : 'The token or identity is not known.';
    return context.html(problem(context.req.path, 'Nothing was changed', why, options), 403);
  }
  const next = await action(context, sent, options);
  await options.site.newest();
  options.news.announce();
  return context.redirect(next, 303);
};
