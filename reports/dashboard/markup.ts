import { html, raw } from 'hono/html';
import { oneLine } from '../printable.ts';

/** Markup whose values were escaped: whatever stands in a log, a name or a message stays text. */
export type Markup = ReturnType<typeof html>;

export { html };

export const nothing: Markup = raw('');

/** Texts from outside, on one line and without control characters. Escaped where they are put into markup. */
export const clean = (text: string, limit = 300): string => oneLine(text, limit);

/** A link to the outside, as text where it is none that a browser may follow. */
export const outside = (url: string, label: string): Markup =>
  /^https?:\/\//i.test(url)
    ? html`<a href="${clean(url, 2000)}" rel="noreferrer noopener">${clean(label)}</a>`
    : html`<span>${clean(label)}</span>`;

export const when = <T>(value: T | null | undefined | false, make: (value: T) => Markup): Markup =>
  value === null || value === undefined || value === false ? nothing : make(value);
