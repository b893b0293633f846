/** East Asian wide characters and emoji take two columns, combining marks none. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const mark = /\p{M}|\u200d|\ufe0f/u;

const columnsOf = (character: string): number => (mark.test(character) ? 0 : wide.test(character) ? 2 : 1);

/** Columns that a text without escape sequences takes on a terminal. */
export const displayWidth = (text: string): number => {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
};

/** The text in at most `columns` columns, with an ellipsis where it was cut. */
export const clip = (text: string, columns: number): string => {
  if (displayWidth(text) <= columns) return text;
  let width = 0;
  let kept = '';
  for (const character of text) {
    width += columnsOf(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return columns < 1 ? '' : `${kept}…`;
};

/** Clipped or filled with spaces to exactly `columns`. */
export const fill = (text: string, columns: number): string => {
  const clipped = clip(text, columns);
  return clipped + ' '.repeat(Math.max(0, columns - displayWidth(clipped)));
};
