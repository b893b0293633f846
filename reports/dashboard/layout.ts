import { address, type ReleasePage, releasePages } from './addresses.ts';
import { clean, html, type Markup, nothing, when } from './markup.ts';
import type { Frame, ReleaseHead } from './model.ts';
import { age, badges, meetingText, shortDigest, verdict } from './words.ts';

/** Nothing runs, is fetched or framed but what comes from the dashboard itself, whatever a log contains. */
export const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
].join('; ');

const sections = [
  ['Board', address.board],
  ['Scenarios', address.scenarios],
  ['Flakes', address.flakes],
  ['Waivers', address.waivers],
  ['Runs', address.runs],
] as const;

export interface Page {
  /** Of the browser's tab. */
  readonly title: string;
  /** Address of the section it belongs to. */
  readonly section: string;
  readonly body: Markup;
}

const notices = (frame: Frame): Markup =>
  html`${when(
    frame.marks.synthetic,
    () =>
      html`<p class="notice" role="note"><strong>Synthetic results.</strong> Some of what this page shows was made up for an example; it is marked <span class="badge">synthetic</span>.</p>`,
  )}${when(
    frame.marks.reference,
    () =>
      html`<p class="notice" role="note"><strong>Not Flatcar.</strong> Some results come from images that are no Flatcar release; they are marked <span class="badge">reference</span> and never count for a Flatcar channel.</p>`,
  )}`;

/** The whole document. */
export const renderPage = (frame: Frame, page: Page): string => {
  const { root } = frame;
  const document = html`<!DOCTYPE html>
<html lang="en"${frame.live ? html` data-live="${root}events"` : ''}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${clean(page.title)} – kola</title>
<link rel="icon" href="${root}assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${root}assets/dashboard.css">
<script src="${root}assets/theme.js"></script>
<script src="${root}assets/dashboard.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="top"><div class="wide">
<a class="brand" href="${root}${address.board}">kola</a>
<nav aria-label="Sections">${sections.map(
    ([label, path]) =>
      html`<a href="${root}${path}"${path === page.section ? html` aria-current="page"` : ''}>${label}</a>`,
  )}</nav>
<span class="fresh" role="status" id="fresh">${frame.live ? 'live' : 'static copy'}</span>
<button type="button" id="theme" aria-label="Colours: as the system" hidden>◐</button>
</div></header>
<main id="main" class="wide" tabindex="-1">
${notices(frame)}${page.body}
</main>
<footer class="wide">Read <time datetime="${new Date(frame.at).toISOString()}">${utc(frame.at)}</time>. Times are UTC. <kbd>/</kbd> filters, arrow keys move in grids.</footer>
</body>
</html>
`;
  return String(document);
};

const utc = (at: number): string => `${new Date(at).toISOString().replace('T', ' ').slice(0, 19)} UTC`;

const pageLabels: Readonly<Record<ReleasePage, string>> = {
  index: 'Verdict',
  failures: 'Failures',
  compare: 'Comparison',
  coverage: 'Coverage',
  soak: 'Soak',
  decision: 'Decision',
};

/** Head and tabs of the pages about one release. */
export const releaseHead = (frame: Frame, head: ReleaseHead, current: ReleasePage | null): Markup => {
  const to = (page: ReleasePage): string => frame.root + address.release(head.channel, head.version, page);
  return html`<div class="head">
<p class="kicker">${clean(head.channel)}${when(head.previous, previous => html` · after <a href="${frame.root}${address.release(head.channel, previous)}">${clean(previous)}</a>`)} · policy ${clean(head.policy)}</p>
<h1>${clean(head.version)} ${head.decision === null ? html`<span class="verdict quiet">not judged</span>` : verdict(head.decision)} ${badges(frame.marks)}</h1>
${when(head.unjudged, why => html`<p class="quiet">${clean(why)}</p>`)}
<dl class="facts">${head.arches.map(
    one =>
      html`<div><dt>${one.arch}</dt><dd>${verdict(one.decision)} <span class="quiet">${counted(one.counts)}</span> ${one.digests.slice(0, 1).map(digest => html`<code title="${digest}">${shortDigest(digest)}</code>`)}${one.digests.length > 1 ? html` <span class="quiet">and ${one.digests.length - 1} more</span>` : ''}</dd></div>`,
  )}<div><dt>meeting</dt><dd><a href="${to('decision')}">${clean(meetingText(head.meeting))}</a></dd></div></dl>
</div>
<nav class="tabs" aria-label="Views of this release">${releasePages.map(
    page =>
      html`<a href="${to(page)}"${page === current ? html` aria-current="page"` : ''}>${pageLabels[page]}</a>`,
  )}</nav>`;
};

const counted = (counts: Readonly<Record<string, number>>): string =>
  ['failed', 'flaky', 'missing', 'waived', 'passed']
    .filter(name => (counts[name] ?? 0) > 0)
    .map(name => `${counts[name]} ${name}`)
    .join(', ');

/** Links for `run/<id>/<platform>/<arch>/<channel>:<scenario>` as requirements and groups name their evidence. */
export const evidenceLinks = (frame: Frame, evidence: readonly string[], most = 3): Markup => {
  if (evidence.length === 0) return nothing;
  const shown = evidence.slice(0, most).map(one => evidenceLink(frame, one));
  const more =
    evidence.length > most ? html` <span class="quiet">and ${evidence.length - most} more</span>` : '';
  return html`<span class="evidence">${shown}${more}</span>`;
};

const evidenceLink = (frame: Frame, evidence: string): Markup => {
  const [, run, place, scenario] = /^run\/([^/]+)(?:\/([^:]+)(?::(.*?)(?:@[^@]*)?)?)?$/s.exec(evidence) ?? [];
  if (run === undefined)
    return /^https?:\/\//.test(evidence)
      ? html`<a href="${clean(evidence, 2000)}" rel="noreferrer noopener">${clean(evidence, 60)}</a> `
      : html`<code>${clean(evidence, 80)}</code> `;
  const [platform, arch] = place?.split('/') ?? [];
  const at = platform === undefined ? '' : `${platform}/${arch}, `;
  const anchor = scenario === undefined ? '' : `#${attemptAnchor(scenario, `${platform}/${arch}`)}`;
  return html`<a href="${frame.root}${address.run(run)}${anchor}" title="${clean(evidence)}">${clean(`${at}run ${run}`, 40)}</a> `;
};

/** Id of an attempt's place on its run's page: the last attempt of a scenario has it. */
export const attemptAnchor = (scenario: string, place: string): string =>
  `a-${`${place}-${scenario}`.replace(/#\d+$/, '').replace(/[^A-Za-z0-9_.-]/g, '_')}`;

/** Filter over the rows of a table; without script it stays hidden. */
export const filterBox = (table: string, label: string): Markup =>
  html`<p class="filter" hidden data-filter="${table}"><label>${label} <input type="search" autocomplete="off" spellcheck="false"></label> <span class="quiet" role="status"></span></p>`;

export const empty = (text: string): Markup => html`<p class="empty">${text}</p>`;

export const fresh = (at: number | null, frame: Frame): Markup =>
  html`<span title="${at === null ? '' : new Date(at).toISOString()}">${age(at, frame.at)}</span>`;
