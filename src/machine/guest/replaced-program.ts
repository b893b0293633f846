/**
 * Commands of a sabotage that put another program in place of one, until the next boot. The other one is named by its
 * path: a shell that is asked where `true` lies answers with a word of its own.
 */
const replaced = (program: string, by: string): string =>
  `sudo mount --bind ${by} "$(sudo sh -c 'command -v ${program}')"`;

/** The program does nothing from now on, and says that all is well. */
export const silenced = (program: string): string => replaced(program, '/usr/bin/true');

/** The program does nothing from now on, and says that it failed. */
export const failing = (program: string): string => replaced(program, '/usr/bin/false');
