/** Quotes one word for a POSIX shell: `exec` over SSH passes a single string that the login shell parses. */
export const shellQuote = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const shownLength = 120;

/** A command on one line, cut for a message. */
export const shortCommand = (command: string): string => {
  const line = command.replace(/\s+/g, ' ').trim();
  return line.length <= shownLength ? line : `${line.slice(0, shownLength - 1)}…`;
};

/** The last `count` lines that hold something. */
export const lastLines = (text: string, count: number): string => {
  const lines = text.split('\n').filter(line => line.trim() !== '');
  return lines.slice(-count).join('\n');
};
