import { z } from 'zod';
import { type KolaError, NetworkError, UsageError } from '../../core/errors.ts';
import type { PullRequest } from './environment.ts';

/** GitHub refuses comments above 65,536 characters. */
export const commentLimit = 65_536;
const pageSize = 100;
/** Comments that are looked through for ours: a pull request with more has other problems. */
const maxPages = 50;
const patience = 30_000;

const commentsSchema = z.array(z.object({ id: z.int(), body: z.string().nullish() }));

/** Hidden in the comment, so that the next run finds it and changes it instead of adding another. */
export const marker = (label: string): string => `<!-- kola: ${label.replaceAll('--', '-')} -->`;

/** Makes the one comment of this label, or puts the new text in its place. Returns what was done. */
export const placeComment = async (
  place: PullRequest,
  label: string,
  text: string,
  signal: AbortSignal,
): Promise<'made' | 'changed'> => {
  const body = `${marker(label)}\n${text}`;
  const known = await findComment(place, marker(label), signal);
  const comments = `/repos/${place.repository}/issues`;
  if (known === undefined)
    await call(place, 'POST', `${comments}/${place.number}/comments`, signal, { body });
  else await call(place, 'PATCH', `${comments}/comments/${known}`, signal, { body });
  return known === undefined ? 'made' : 'changed';
};

const findComment = async (
  place: PullRequest,
  mark: string,
  signal: AbortSignal,
): Promise<number | undefined> => {
  for (let page = 1; page <= maxPages; page += 1) {
    const path = `/repos/${place.repository}/issues/${place.number}/comments?per_page=${pageSize}&page=${page}`;
    const answer = commentsSchema.safeParse(await call(place, 'GET', path, signal));
    if (!answer.success)
      throw new NetworkError('github-answer', `${place.api} answered with no list of comments`);
    const found = answer.data.find(({ body }) => body?.startsWith(mark) === true);
    if (found !== undefined) return found.id;
    if (answer.data.length < pageSize) return undefined;
  }
  return undefined;
};

const call = async (
  { api, token }: PullRequest,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  signal: AbortSignal,
  body?: unknown,
): Promise<unknown> => {
  const answer = await fetch(`${api}${path}`, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'x-github-api-version': '2022-11-28',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new NetworkError('github-unreachable', `${api} does not answer: ${reasonOf(error)}`);
  });
  if (answer.ok) return answer.json();
  throw refusal(answer.status, `${method} ${path.split('?')[0]}`);
};

const refusal = (status: number, what: string): KolaError => {
  const message = `GitHub answered ${what} with status ${status}`;
  if (status === 401 || status === 403 || status === 404)
    return new UsageError('github-refused', message, {
      hint: 'the job needs permissions: pull-requests: write; the token of a fork has none',
    });
  return new NetworkError('github-refused', message);
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
};
