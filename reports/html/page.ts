import { createHash } from 'node:crypto';
import { sharingLines, usageLine } from '../machine-use.ts';
import { duration, escapeHtml, oneLine, plural } from '../printable.ts';
import { type RunModel, scenarioName } from '../run-model.ts';
import {
  countsLine,
  type FailureGroup,
  failureGroups,
  issueState,
  outcomeLabel,
  passedOnStandIns,
  verdictTone,
  worstFirst,
} from '../verdict.ts';
import type { PageData } from './page-data.ts';
import { script } from './script.ts';
import { style } from './style.ts';
import { timeline } from './timeline.ts';

const maxGroups = 50;
const namesPerGroup = 20;
const maxReasons = 100;
const toneGlyph = { good: '✓', doubtful: '↻', bad: '✗' } as const;

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing runs and nothing is fetched but what stands in this file, whatever a log contains. */
const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'none'`;

/** JSON that can stand inside a script element: without `<` nothing can end it or open a comment in it. */
export const embedJson = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');

/** The whole page. */
export const renderPage = (model: RunModel, data: PageData): string =>
  [
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">',
    `<title>${html(model.verdict)} – kola run ${html(model.run)}</title><style>${style}</style></head><body>`,
    header(model),
    '<main>',
    attention(model),
    targets(model),
    machines(model),
    results(model),
    knownIssues(model),
    onStandIns(model),
    unselected(model),
    warnings(model),
    '</main>',
    footer(model),
    `<script type="application/json" id="data">${embedJson(data)}</script><script>${script}</script></body></html>\n`,
  ].join('\n');

const html = (text: string): string => escapeHtml(oneLine(text, 2000));

const header = (model: RunModel): string => {
  const tone = verdictTone(model);
  const started = model.startedAt === undefined ? '' : utc(model.startedAt);
  const facts: [string, string][] = [
    ['took', duration(model.took)],
    ['scenarios', countsLine(model.counts)],
    ...(model.slots === undefined
      ? []
      : ([['at once', plural(model.slots, 'machine')]] as [string, string][])),
    ...(model.usage === undefined ? [] : ([['machines', usageLine(model.usage)]] as [string, string][])),
    ...(model.seed === undefined ? [] : ([['seed', String(model.seed)]] as [string, string][])),
    ...(model.kola === '' ? [] : ([['kola', model.kola]] as [string, string][])),
  ];
  return [
    `<header><p class="run">kola run <code>${html(model.run)}</code> ${started}</p>`,
    `<h1 class="${tone}"><span aria-hidden="true">${toneGlyph[tone]}</span> ${html(model.verdict)}</h1>`,
    ...model.notices.map(notice => `<p class="notice" role="note">${html(notice)}</p>`),
    share(model),
    `<dl class="facts">${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${html(value)}</dd></div>`).join('')}</dl>`,
    '</header>',
  ].join('\n');
};

const utc = (at: number): string => {
  const text = new Date(at).toISOString();
  return `<time datetime="${text}">${text.slice(0, 10)} ${text.slice(11, 16)} UTC</time>`;
};

const tones: Readonly<Record<string, string>> = {
  passed: 'var(--good)',
  failed: 'var(--bad)',
  timedout: 'var(--bad)',
  skipped: 'var(--quiet)',
};

/** How large each outcome's part is, as a picture of one line. */
const share = (model: RunModel): string => {
  const total = model.results.length;
  if (total === 0) return '';
  let x = 0;
  const parts = worstFirst
    .filter(outcome => model.counts[outcome] > 0)
    .map(outcome => {
      const width = (model.counts[outcome] / total) * 1000;
      const rect = `<rect x="${x.toFixed(1)}" width="${Math.max(2, width - 2).toFixed(1)}" height="8" fill="${tones[outcome] ?? 'var(--doubtful)'}"><title>${outcomeLabel[outcome]}: ${model.counts[outcome]}</title></rect>`;
      x += width;
      return rect;
    });
  return `<div class="share"><svg viewBox="0 0 1000 8" preserveAspectRatio="none" role="img" aria-label="${countsLine(model.counts)}">${parts.join('')}</svg></div>`;
};

const attention = (model: RunModel): string => {
  const groups = failureGroups(model);
  if (groups.length === 0) return '';
  const more = groups.length - maxGroups;
  const rest = more > 0 ? `<p class="quiet">${plural(more, 'more cause')} in the list below.</p>` : '';
  return `<h2>What to look at: ${plural(groups.length, 'cause')}</h2><div class="groups">${groups
    .slice(0, maxGroups)
    .map(one => group(one, model))
    .join('')}</div>${rest}`;
};

const group = (one: FailureGroup, model: RunModel): string => {
  const several = model.targets.length > 1;
  const links = one.results
    .slice(0, namesPerGroup)
    .map(
      result =>
        `<a href="#open=${encodeURIComponent(result.key)}">${html(several ? result.key : scenarioName(result.subject))}</a>`,
    );
  const more = one.results.length - links.length;
  return [
    `<div class="card group${one.infrastructure ? ' infrastructure' : ''}">`,
    `<p class="title">${html(one.cause) || 'no reason given'}</p>`,
    one.hint === undefined ? '' : `<p class="quiet">Hint: ${html(one.hint)}</p>`,
    `<p class="names"><span class="kind">${html(one.kind)}</span><span class="quiet">${plural(one.results.length, 'result')}:</span> ${links.join(' ')}${more > 0 ? ` and ${more} more` : ''}</p>`,
    '</div>',
  ].join('');
};

const targets = (model: RunModel): string => {
  if (model.targets.length === 0) return '';
  const columns = worstFirst.filter(outcome => outcome === 'passed' || model.counts[outcome] > 0);
  const head = columns.map(outcome => `<th class="number">${outcomeLabel[outcome]}</th>`).join('');
  const rows = model.targets.map(({ key, target: { image }, counts }) => {
    const cells = columns.map(outcome =>
      counts[outcome] === 0 ? '<td class="number zero">–</td>' : `<td class="number">${counts[outcome]}</td>`,
    );
    const kind = image.kind === 'flatcar' ? '' : ` (${image.kind}, not Flatcar)`;
    return `<tr><td><a href="#target=${encodeURIComponent(key)}">${html(key)}</a></td><td>${html(`${image.name} ${image.version}${kind}`)}<br><code class="quiet" title="${html(image.digest)}">${html(shortDigest(image.digest))}</code></td>${cells.join('')}</tr>`;
  });
  return `<h2>Targets</h2><div class="card scroll"><table><thead><tr><th>target</th><th>image</th>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
};

const shortDigest = (digest: string): string => (digest.length > 24 ? `${digest.slice(0, 23)}…` : digest);

const results = (model: RunModel): string => {
  const chips = worstFirst
    .filter(outcome => model.counts[outcome] > 0)
    .map(
      outcome =>
        `<button type="button" class="chip" data-outcome="${outcome}" aria-pressed="false"><span class="outcome ${outcome}">${outcomeLabel[outcome]}</span> <b>${model.counts[outcome]}</b></button>`,
    );
  const options = model.targets.map(({ key }) => `<option value="${html(key)}">${html(key)}</option>`);
  return [
    '<h2 id="results">Results</h2>',
    '<div id="controls" role="search" hidden>',
    '<input id="search" type="search" placeholder="Scenario, cause or tag" aria-label="Search in results">',
    `<select id="target" aria-label="Target"${model.targets.length > 1 ? '' : ' hidden'}><option value="">all targets</option>${options.join('')}</select>`,
    ...chips,
    '<button type="button" id="clear" hidden>Clear filters</button>',
    '<span id="count" class="quiet" role="status"></span>',
    '</div>',
    '<noscript><p class="notice">The list of results needs scripts; summary.md has the same without.</p></noscript>',
    `<div id="list" class="card${model.targets.length > 1 ? ' several' : ''}"></div><button type="button" id="more" hidden></button>`,
  ].join('\n');
};

const onStandIns = (model: RunModel): string => {
  const results = passedOnStandIns(model);
  if (results.length === 0) return '';
  const items = results
    .map(({ key, standIns }) => `<li>${html(key)}: ${html(standIns.join(', '))}</li>`)
    .join('');
  return `<h2>Passed on a stand-in: ${results.length}</h2><div class="card"><p class="quiet">Nothing is proven about Flatcar's own.</p><ul>${items}</ul></div>`;
};

const machines = (model: RunModel): string => {
  const picture = timeline(model);
  if (picture === '') return '';
  const legend =
    '<p class="legend"><span>thin: creating, cleaning up</span><span>hatched: booting</span><span>framed: testing</span><span>✗: this attempt did not pass</span></p>';
  return `<h2>Machines over time</h2><div class="card timeline"><div class="scroll" tabindex="0">${picture}</div>${legend}</div>`;
};

const unselected = (model: RunModel): string => {
  if (model.unselected.length === 0) return '';
  const byReason = new Map<string, string[]>();
  for (const { scenario, target, reason } of model.unselected) {
    const name = model.targets.length > 1 ? `${target}:${scenario}` : scenario;
    const names = byReason.get(reason.text);
    if (names === undefined) byReason.set(reason.text, [name]);
    else names.push(name);
  }
  const rows = [...byReason]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, maxReasons)
    .map(([reason, names]) => {
      const shown = names.slice(0, 40).map(html).join(', ');
      return `<tr><td class="number">${names.length}</td><td>${html(reason)}<br><span class="quiet">${shown}${names.length > 40 ? ' …' : ''}</span></td></tr>`;
    });
  return `<h2>Not selected: ${model.unselected.length}</h2><div class="card scroll"><table><tbody>${rows.join('')}</tbody></table></div>`;
};

const knownIssues = (model: RunModel): string => {
  if (model.knownIssues.length === 0) return '';
  const rows = model.knownIssues.map(
    issue =>
      `<tr><td>${html(issue.id)}<br><span class="quiet">${html(issue.scenarios.join(', '))}</span></td><td>${html(issueState(issue))}</td><td>${html(issue.reason)}<br><span class="quiet">${html(issue.tracker)}, until ${html(issue.expires)}</span></td></tr>`,
  );
  return `<h2>Known issues</h2><div class="card scroll"><table><tbody>${rows.join('')}</tbody></table></div>`;
};

const warnings = (model: RunModel): string => {
  const lines = [
    ...model.leaked.map(resource => `Could not be destroyed: ${resource}`),
    ...sharingLines(model).slice(0, 100),
    ...model.warnings.slice(0, 100),
  ];
  if (lines.length === 0) return '';
  return `<h2>Warnings</h2><div class="card"><table><tbody>${lines.map(line => `<tr><td>${html(line)}</td></tr>`).join('')}</tbody></table></div>`;
};

const footer = (model: RunModel): string => {
  const files = ['summary.md', 'report.json', 'junit.xml', 'test.tap', 'events.ndjson', 'plan.json'];
  const command = model.command.length === 0 ? '' : `<p><code>${html(model.command.join(' '))}</code></p>`;
  const links = files.map(file => `<a href="./${file}">${file}</a>`).join('');
  return `<footer>${command}<p>${links}</p><p>Keys: <kbd>/</kbd> search, <kbd>j</kbd> <kbd>k</kbd> next and previous result, <kbd>Enter</kbd> open.</p></footer>`;
};
