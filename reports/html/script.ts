/**
 * The page's script. It builds everything with `textContent`, never from HTML text, so that nothing in a log can
 * become markup. Filters live in the address after `#`, so that a view can be sent to somebody.
 */
export const script = String.raw`
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const pageSize = 200;
const list = document.getElementById('list');
const count = document.getElementById('count');
const more = document.getElementById('more');
const search = document.getElementById('search');
const targetSelect = document.getElementById('target');
const clear = document.getElementById('clear');
const chips = Array.from(document.querySelectorAll('button[data-outcome]'));
const glyphs = {passed: '✓', failed: '✗', timedout: '✗', interrupted: '■', blocked: '⊘', notrun: '○', flaky: '↻', skipped: '–'};
const state = {outcomes: new Set(), target: '', q: '', open: new Set(), limit: pageSize};

const el = (tag, className, ...children) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const child of children) if (child !== '' && child != null) node.append(child);
  return node;
};
const time = ms => {
  if (ms < 999.5) return Math.round(ms) + ' ms';
  if (ms < 59950) return (ms / 1000).toFixed(1) + ' s';
  const s = Math.round(ms / 1000);
  const two = n => String(n).padStart(2, '0');
  if (s < 3600) return Math.floor(s / 60) + ' min ' + two(s % 60) + ' s';
  const m = Math.round(s / 60);
  return Math.floor(m / 60) + ' h ' + two(m % 60) + ' min';
};
const badge = outcome => {
  const node = el('span', 'outcome ' + outcome);
  const glyph = el('span', 'glyph', glyphs[outcome] || '?');
  glyph.setAttribute('aria-hidden', 'true');
  node.append(glyph, el('span', '', data.outcomes[outcome] || outcome));
  return node;
};

const readHash = () => {
  const given = new URLSearchParams(location.hash.slice(1));
  const words = name => (given.get(name) || '').split(',').filter(Boolean);
  state.outcomes = new Set(words('outcome').filter(outcome => Object.hasOwn(data.outcomes, outcome)));
  state.target = data.targets.includes(given.get('target')) ? given.get('target') : '';
  state.q = given.get('q') || '';
  state.open = new Set(given.getAll('open'));
};
const writeHash = () => {
  const next = new URLSearchParams();
  if (state.outcomes.size) next.set('outcome', Array.from(state.outcomes).join(','));
  if (state.target) next.set('target', state.target);
  if (state.q) next.set('q', state.q);
  for (const key of state.open) next.append('open', key);
  const text = next.toString();
  history.replaceState(null, '', text ? '#' + text : location.pathname + location.search);
};
const haystack = result =>
  (result.key + ' ' + result.cause + ' ' + (result.tags || []).join(' ')).toLowerCase();
const matches = () => {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  return data.results.filter(result =>
    (!state.outcomes.size || state.outcomes.has(result.outcome)) &&
    (!state.target || data.targets[result.at] === state.target) &&
    (!words.length || words.every(word => haystack(result).includes(word))));
};

const numbered = (part, mark) => {
  const lines = part.text.split('\n');
  const numbers = el('pre', 'numbers', lines.map((_, index) => part.from + index).join('\n'));
  numbers.setAttribute('aria-hidden', 'true');
  const text = el('pre', 'lines');
  const at = mark == null ? -1 : mark - part.from;
  if (at < 0 || at >= lines.length) text.textContent = part.text;
  else {
    const marked = el('mark', '', lines[at] || ' ');
    marked.setAttribute('aria-label', 'decisive line ' + mark);
    if (at > 0) text.append(lines.slice(0, at).join('\n') + '\n');
    text.append(marked);
    if (at + 1 < lines.length) text.append('\n' + lines.slice(at + 1).join('\n'));
  }
  return [el('div', 'part', numbers, text), text.querySelector('mark')];
};
const logBox = log => {
  const link = el('a', '', 'full file');
  link.href = log.href;
  const box = el('div', 'log');
  box.tabIndex = 0;
  box.setAttribute('role', 'region');
  box.setAttribute('aria-label', log.name);
  let marked = null;
  let last = 0;
  for (const part of log.parts || []) {
    if (part.from > last + 1) box.append(el('p', 'gap', (part.from - last - 1) + ' lines left out'));
    const [node, mark] = numbered(part, log.mark);
    box.append(node);
    marked = marked || mark;
    last = part.from + part.text.split('\n').length - 1;
  }
  const title = log.name + ', ' + log.lines + (log.lines === 1 ? ' line' : ' lines') + (log.mark == null ? '' : ', line ' + log.mark + ' decides');
  const details = el('details', 'logs', el('summary', '', title), el('p', 'quiet', link), box);
  const scroll = () => {
    if (!details.open) return;
    box.scrollTop = marked ? Math.max(0, marked.offsetTop - box.clientHeight / 3) : box.scrollHeight;
  };
  details.addEventListener('toggle', scroll);
  if (log.mark != null) details.open = true;
  return details;
};
const phaseBar = phases => {
  const names = {provision: 'creating', boot: 'booting', run: 'testing', teardown: 'cleaning up'};
  const total = Object.values(phases).reduce((sum, ms) => sum + ms, 0);
  if (!total) return '';
  const bar = el('div', 'phasebar');
  bar.setAttribute('aria-hidden', 'true');
  const words = [];
  for (const [key, name] of Object.entries(names)) {
    const piece = el('span', 'phase-' + key);
    piece.style.flexGrow = String(phases[key] / total);
    bar.append(piece);
    words.push(el('span', 'key phase-' + key, name + ' ' + time(phases[key])));
  }
  return el('div', 'phases', bar, el('p', 'quiet keys', ...words));
};
const section = (title, ...content) => el('div', 'section', el('h4', '', title), ...content);
const checksOf = attempt => {
  if (!attempt.checks.length) return el('p', 'quiet', 'No check ran.');
  const held = attempt.checks.filter(check => check.held);
  const nodes = attempt.checks.filter(check => !check.held).map(check =>
    el('li', 'broken', el('span', 'glyph', '✗ '), el('code', '', check.id), ' ', check.text || 'broken'));
  for (const check of held) nodes.push(el('li', 'held', el('span', 'glyph', '✓ '), el('code', '', check.id)));
  return section(held.length + ' of ' + attempt.checks.length + ' checks held', el('ul', 'checks', ...nodes));
};
const machineOf = machine => {
  const spans = machine.spans.map(span => span.phase + ' ' + (span.ms == null ? '…' : time(span.ms))).join(', ');
  const facts = [machine.id].concat(machine.facts).join(' · ');
  return el('div', 'machine', el('h5', '', machine.role, el('span', 'quiet', ' ' + facts)),
    el('p', 'quiet', spans), ...machine.logs.map(logBox));
};
const attemptOf = (attempt, alone) => {
  const parts = [];
  if (!alone) parts.push(el('h3', '', 'Attempt ' + attempt.number + ' ', badge(attempt.outcome)));
  if (attempt.text) parts.push(el('pre', 'cause ' + attempt.outcome, attempt.text));
  if (attempt.kind || attempt.hint)
    parts.push(el('p', '', attempt.kind ? 'Cause: ' + attempt.kind + '. ' : '', attempt.hint ? 'Hint: ' + attempt.hint : ''));
  for (const one of attempt.evidence) parts.push(section(one.title, el('pre', 'excerpt', one.text)));
  parts.push(phaseBar(attempt.phases), checksOf(attempt));
  if (attempt.subtests.length)
    parts.push(section('Sub-tests', el('ul', 'subtests', ...attempt.subtests.map(subtest =>
      el('li', '', badge(subtest.outcome), ' ', el('code', '', subtest.name), ' ', el('span', 'quiet', time(subtest.ms)), ' ', subtest.text)))));
  if (attempt.rules.length)
    parts.push(section('Log rules', el('ul', '', ...attempt.rules.map(hit =>
      el('li', '', el('code', '', hit.rule), ' ', hit.text, hit.excused ? el('span', 'quiet', ' – excused: ' + hit.excused) : '')))));
  if (attempt.log.length) parts.push(section('Notes', el('pre', 'excerpt', attempt.log.join('\n'))));
  parts.push(...attempt.machines.map(machineOf));
  return el('div', 'attempt', ...parts);
};
const bodyOf = result => {
  if (!result.more) return el('div', 'body', el('p', 'quiet', 'Details left out for size: see report.json.'));
  const body = el('div', 'body');
  const command = el('code', '', result.more.again);
  const copy = el('button', 'copy', 'Copy');
  copy.type = 'button';
  copy.addEventListener('click', () => {
    navigator.clipboard.writeText(result.more.again).then(() => { copy.textContent = 'Copied'; }, () => {
      const range = document.createRange();
      range.selectNodeContents(command);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
    });
  });
  if (!result.more.attempts.length && result.cause) body.append(el('pre', 'cause ' + result.outcome, result.cause));
  body.append(...result.more.attempts.map(attempt => attemptOf(attempt, result.more.attempts.length === 1)));
  body.append(el('p', 'again', el('span', 'quiet', 'Run it again: '), command, ' ', copy));
  return body;
};
const rowOf = result => {
  const name = el('span', 'name', result.name);
  const where = el('span', 'where', data.targets.length > 1 ? data.targets[result.at] : '');
  const summary = el('summary', '', badge(result.outcome), name, where, el('span', 'why', result.cause), el('span', 'took', time(result.ms)));
  const row = el('details', 'row', summary);
  row.id = 'r:' + result.key;
  let built = false;
  const build = () => { if (!built) { built = true; row.append(bodyOf(result)); } };
  row.addEventListener('toggle', event => {
    if (event.target !== row) return;
    if (row.open) build();
    if (row.open === state.open.has(result.key)) return;
    if (row.open) state.open.add(result.key); else state.open.delete(result.key);
    writeHash();
  });
  if (state.open.has(result.key)) { build(); row.open = true; }
  return row;
};
const render = () => {
  const found = matches();
  const shown = found.slice(0, state.limit);
  list.replaceChildren(...shown.map(rowOf));
  const filtered = state.outcomes.size || state.target || state.q;
  count.textContent = filtered ? found.length + ' of ' + data.results.length + ' results' : data.results.length + ' results';
  more.hidden = shown.length === found.length;
  more.textContent = 'Show more (' + (found.length - shown.length) + ' hidden)';
  clear.hidden = !filtered;
  for (const chip of chips)
    chip.setAttribute('aria-pressed', String(state.outcomes.has(chip.getAttribute('data-outcome'))));
  if (search.value !== state.q) search.value = state.q;
  targetSelect.value = state.target;
};
const reveal = () => {
  const [key] = state.open;
  if (!key) return;
  const index = matches().findIndex(result => result.key === key);
  // A link to a result that the filters hide would lead nowhere.
  if (index < 0 && data.results.some(result => result.key === key)) {
    Object.assign(state, {outcomes: new Set(), target: '', q: ''});
    writeHash();
    return start();
  }
  if (index >= state.limit) { state.limit = index + 1; render(); }
  const row = document.getElementById('r:' + key);
  if (row) { row.scrollIntoView({block: 'start'}); row.querySelector('summary').focus({preventScroll: true}); }
};
const start = () => { render(); reveal(); };
const changed = () => { state.limit = pageSize; writeHash(); render(); };

for (const chip of chips) chip.addEventListener('click', () => {
  const outcome = chip.getAttribute('data-outcome');
  if (state.outcomes.has(outcome)) state.outcomes.delete(outcome); else state.outcomes.add(outcome);
  changed();
});
search.addEventListener('input', () => { state.q = search.value; changed(); });
targetSelect.addEventListener('change', () => { state.target = targetSelect.value; changed(); });
clear.addEventListener('click', () => {
  Object.assign(state, {outcomes: new Set(), target: '', q: ''});
  changed();
  search.focus();
});
more.addEventListener('click', () => { state.limit += pageSize * 5; render(); });
addEventListener('hashchange', () => { readHash(); state.limit = pageSize; start(); });
addEventListener('keydown', event => {
  const typing = event.target === search || event.target === targetSelect;
  if (event.key === 'Escape' && event.target === search) { state.q = ''; changed(); }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/') { event.preventDefault(); search.focus(); }
  if (event.key === 'j' || event.key === 'k') {
    const rows = Array.from(list.querySelectorAll('details.row > summary'));
    const at = rows.indexOf(document.activeElement);
    const next = rows[event.key === 'j' ? at + 1 : Math.max(0, at - 1)];
    if (next) next.focus();
  }
});
document.getElementById('controls').hidden = false;
readHash();
start();
`;
