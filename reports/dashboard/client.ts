/** Sets the chosen colours before anything is drawn. */
export const themeScript = `'use strict';
try { const theme = localStorage.getItem('kola-theme'); if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme; } catch {}
`;

/**
 * What the pages do beyond links: filters whose text stands in the address, sections that open by address, arrow keys
 * in grids, copying, and news of the store. Pages read well without any of it.
 */
export const clientScript = `'use strict';
const root = document.documentElement;
const byId = id => document.getElementById(id);
const remember = change => { const url = new URL(location.href); change(url); history.replaceState(null, '', url); };

const themes = ['system', 'light', 'dark'];
const glyphs = {system: '◐', light: '○', dark: '●'};
const themeButton = byId('theme');
const showTheme = () => {
  const theme = root.dataset.theme || 'system';
  themeButton.textContent = glyphs[theme];
  themeButton.setAttribute('aria-label', 'Colours: ' + (theme === 'system' ? 'as the system' : theme));
};
themeButton.hidden = false;
showTheme();
themeButton.addEventListener('click', () => {
  const next = themes[(themes.indexOf(root.dataset.theme || 'system') + 1) % 3];
  if (next === 'system') delete root.dataset.theme; else root.dataset.theme = next;
  try { localStorage.setItem('kola-theme', next); } catch {}
  showTheme();
});

const filterRows = box => {
  const words = box.querySelector('input').value.toLowerCase().split(/\\s+/).filter(Boolean);
  const rows = [...document.querySelectorAll('#' + box.dataset.filter + ' [data-row]')];
  let shown = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every(word => text.includes(word));
    if (!row.hidden) shown++;
  }
  box.querySelector('[role=status]').textContent = words.length === 0 ? '' : shown + ' of ' + rows.length;
};

const openTarget = () => {
  const target = location.hash.length > 1 && byId(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let node = target; node; node = node.parentElement) if (node.tagName === 'DETAILS') node.open = true;
  target.scrollIntoView({block: 'start'});
};

const showDecisive = details => {
  if (!details.open) return;
  for (const line of details.querySelectorAll('tr.decisive')) {
    const log = line.closest('.log');
    log.scrollTop = line.offsetTop - log.clientHeight / 2;
  }
};

const prepare = () => {
  for (const box of document.querySelectorAll('[data-filter]')) {
    const input = box.querySelector('input');
    box.hidden = false;
    input.value = new URLSearchParams(location.search).get('q') || '';
    input.addEventListener('input', () => {
      filterRows(box);
      remember(url => input.value ? url.searchParams.set('q', input.value) : url.searchParams.delete('q'));
    });
    filterRows(box);
  }
  for (const details of document.querySelectorAll('details[id]')) {
    details.addEventListener('toggle', () => {
      showDecisive(details);
      const own = '#' + details.id;
      if (details.open && location.hash !== own) remember(url => { url.hash = own; });
      if (!details.open && location.hash === own) remember(url => { url.hash = ''; });
    });
    showDecisive(details);
  }
  for (const button of document.querySelectorAll('button.copy')) {
    button.hidden = !navigator.clipboard;
    button.addEventListener('click', async () => {
      try { await navigator.clipboard.writeText(byId(button.dataset.copy).textContent); button.textContent = 'copied'; } catch { button.textContent = 'not copied'; }
    });
  }
};

const moves = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]};
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/' && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
    const input = document.querySelector('[data-filter]:not([hidden]) input');
    if (input) { event.preventDefault(); input.focus(); }
    return;
  }
  const move = moves[event.key];
  const cell = move && event.target.closest('[data-grid] td');
  if (!cell) return;
  let row = cell.parentElement, column = cell.cellIndex;
  for (let step = 0; step < 60; step++) {
    if (move[0] !== 0) row = move[0] > 0 ? row.nextElementSibling : row.previousElementSibling;
    column += move[1];
    const link = row && row.cells[column] && row.cells[column].querySelector('a');
    if (!row || !row.cells[column]) return;
    if (link && row.cells[column].tagName === 'TD' && !row.hidden) { event.preventDefault(); link.focus(); return; }
  }
});

const busy = () => { const active = document.activeElement; return !!(active && active.closest('form')); };
let reading = false, again = false;
const refresh = async () => {
  if (reading) { again = true; return; }
  if (busy()) return;
  reading = true;
  try {
    const answer = await fetch(location.pathname, {headers: {accept: 'text/html'}, cache: 'no-store'});
    if (answer.ok) replace(new DOMParser().parseFromString(await answer.text(), 'text/html'));
  } catch {} finally { reading = false; }
  if (again) { again = false; refresh(); }
};
const replace = page => {
  const [from, to] = [page.querySelector('main'), document.querySelector('main')];
  if (!from || from.innerHTML === pristine) return;
  pristine = from.innerHTML;
  const open = [...to.querySelectorAll('details[open][id]')].map(one => one.id);
  const focused = document.activeElement && document.activeElement.id;
  const [x, y] = [scrollX, scrollY];
  to.replaceChildren(...from.childNodes);
  for (const id of open) { const one = byId(id); if (one) one.open = true; }
  prepare();
  if (focused) byId(focused)?.focus();
  scrollTo(x, y);
  to.classList.remove('news'); void to.offsetWidth; to.classList.add('news');
};
let pristine = document.querySelector('main').innerHTML;

prepare();
openTarget();
addEventListener('hashchange', openTarget);
if (root.dataset.live !== undefined) {
  const fresh = byId('fresh');
  const events = new EventSource(root.dataset.live);
  events.addEventListener('open', () => { fresh.textContent = 'live'; fresh.classList.remove('away'); });
  events.addEventListener('error', () => { fresh.textContent = 'not connected'; fresh.classList.add('away'); });
  events.addEventListener('changed', refresh);
}
`;
