import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** What a step needs to write to a pull request. */
export interface PullRequest {
  /** `https://api.github.com`, or that of an own server. */
  readonly api: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly number: number;
  readonly token: string;
}

const eventSchema = z.object({
  pull_request: z.object({ number: z.int().positive() }).optional(),
  number: z.int().positive().optional(),
});

const needed = (env: Variables, name: string, what: string): string => {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  throw new UsageError('github-environment', `kola github: ${name} is not set, which names ${what}`, {
    hint: 'run it in a step of GitHub Actions; the token goes in by env: GITHUB_TOKEN',
  });
};

/** The pull request that the workflow runs for; `asked` wins over the event. */
export const pullRequest = async (env: Variables, asked: number | undefined): Promise<PullRequest> => ({
  api: (env.GITHUB_API_URL ?? 'https://api.github.com').replace(/\/$/, ''),
  repository: needed(env, 'GITHUB_REPOSITORY', 'the repository'),
  token: needed(env, 'GITHUB_TOKEN', 'the token for the comment'),
  number: asked ?? (await numberOfEvent(needed(env, 'GITHUB_EVENT_PATH', 'the file with the event'))),
});

const numberOfEvent = async (path: string): Promise<number> => {
  const none = (why: string): UsageError =>
    new UsageError('github-event', `${path}: expected the event of a pull request, found ${why}`, {
      hint: 'name the pull request with --pr',
    });
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw none(error.message);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw none('no JSON');
  }
  const event = eventSchema.safeParse(json);
  const number = event.data?.pull_request?.number ?? event.data?.number;
  if (number === undefined) throw none('none in it');
  return number;
};

/** The file that a variable of the runner names; absent outside of Actions. */
export const runnerFile = (
  env: Variables,
  name: 'GITHUB_OUTPUT' | 'GITHUB_STEP_SUMMARY',
): string | undefined => (env[name] === '' ? undefined : env[name]);
