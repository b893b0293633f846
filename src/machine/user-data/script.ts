import { ScenarioError } from '../../core/errors.ts';
import { type Additions, addedFiles } from './additions.ts';

/** Where a script wants the keys, one a line. */
export const keysPlaceholder = '@SSH_KEYS@';

/** The contents go through base64: no quoting can go wrong, in any shell. */
const writeFile = (path: string, contents: string, mode: number): string =>
  `echo ${Buffer.from(contents).toString('base64')} | base64 -d | install -D -m 0${mode.toString(8)} /dev/stdin ${path}`;

const shell = /^#!\s*(?:\/usr)?\/bin\/(?:env\s+)?(?:ba|da)?sh\b/;

/**
 * A script with the keys in place of `@SSH_KEYS@`. What else the harness needs is done in a block right after the
 * `#!` line, in front of everything that the scenario wrote, since its script may leave early.
 */
export const mergeScript = (own: string, additions: Additions): string => {
  const keys = additions.authorizedKeys.join('\n');
  const files = addedFiles(additions);
  const firstLine = own.split('\n', 1)[0] ?? '';
  const rest = own.slice(firstLine.length + 1).replaceAll(keysPlaceholder, () => keys);
  const block = files.map(({ path, contents, mode }) => writeFile(path, contents, mode));
  if (!own.includes(keysPlaceholder) && keys !== '')
    block.push(
      `home=$(getent passwd ${additions.user} | cut -d: -f6)`,
      `install -d -m 0700 -o ${additions.user} -g ${additions.user} "$home/.ssh"`,
      ...additions.authorizedKeys.map(key => `echo '${key}' >>"$home/.ssh/authorized_keys"`),
      `chown ${additions.user}:${additions.user} "$home/.ssh/authorized_keys"`,
    );
  if (block.length > 0 && !shell.test(firstLine))
    throw new ScenarioError(
      'user-data-invalid',
      `cannot add the harness's keys to a script of ${firstLine}: expected sh or bash`,
    );
  const guarded = block.length === 0 ? [] : ['( # added by the test harness', ...block, ')'];
  return [firstLine, ...guarded, rest].join('\n');
};
