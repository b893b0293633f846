/** System fonts, light and dark, from 320 pixels up. Colours always stand beside a glyph or a word. */
const light = `
  --ground: #f7f7f5; --card: #ffffff; --ink: #20242a; --quiet: #5d6570; --line: #e2e3e0; --faint: #f0f0ed;
  --good: #1b7a48; --bad: #bb2d24; --doubtful: #8a5c00; --waived: #6347b8; --link: #1f5fbf;
  --good-soft: #e3f2e8; --bad-soft: #fbe7e4; --doubtful-soft: #fbf0d4; --waived-soft: #ece7fa; --mark: #ffe08a;`;
const dark = `
  --ground: #14171a; --card: #1b1f23; --ink: #dfe3e7; --quiet: #98a2ad; --line: #2d333a; --faint: #22272c;
  --good: #58c48a; --bad: #ff8276; --doubtful: #e2b649; --waived: #b8a2ff; --link: #82b1ff;
  --good-soft: #1b3327; --bad-soft: #3d2220; --doubtful-soft: #372d15; --waived-soft: #2b2545; --mark: #6b5310;`;

export const style = `
:root { color-scheme: light dark; --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace; ${light} }
@media (prefers-color-scheme: dark) { :root { ${dark} } }
:root[data-theme='light'] { color-scheme: light; ${light} }
:root[data-theme='dark'] { color-scheme: dark; ${dark} }
* { box-sizing: border-box; }
html { scroll-padding-top: 60px; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; }
.wide { max-width: 1320px; margin-inline: auto; padding-inline: 20px; }
h1, h2, h3, p, ul, ol, dl, dd { margin: 0; }
h1 { font-size: clamp(1.4rem, 1rem + 2vw, 1.9rem); line-height: 1.25; font-weight: 680; letter-spacing: -.01em; margin: 2px 0 10px; overflow-wrap: anywhere; display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: center; }
h2 { font-size: 1.05rem; font-weight: 650; margin: 30px 0 10px; }
h1 .quiet:not(.verdict) { font-weight: 400; font-size: .6em; } h2 .quiet { font-weight: 400; font-size: .9rem; }
h3 { font-size: .95rem; font-weight: 650; overflow-wrap: anywhere; }
a { color: var(--link); text-underline-offset: 2px; }
code, pre { font-family: var(--mono); font-size: .85em; }
code { overflow-wrap: anywhere; }
[hidden] { display: none !important; }
.quiet { color: var(--quiet); }
.good { color: var(--good); } .bad { color: var(--bad); } .doubtful { color: var(--doubtful); } .waived { color: var(--waived); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
.skip { position: absolute; left: -999px; } .skip:focus { left: 12px; top: 8px; z-index: 9; background: var(--card); padding: 6px 12px; }
.top { background: var(--card); border-bottom: 1px solid var(--line); position: sticky; top: 0; z-index: 5; }
.top > div { display: flex; align-items: center; gap: 18px; min-height: 48px; }
.brand { font-weight: 750; font-size: 1.1rem; letter-spacing: -.02em; color: var(--ink); text-decoration: none; }
.top nav { display: flex; gap: 2px; overflow-x: auto; flex: 1; }
.top nav a { padding: 6px 10px; border-radius: 7px; color: var(--quiet); text-decoration: none; white-space: nowrap; }
.top nav a:hover { background: var(--faint); } .top nav a[aria-current] { color: var(--ink); background: var(--faint); font-weight: 600; }
.fresh { color: var(--quiet); font-size: .82rem; white-space: nowrap; }
[data-live] .fresh::before { content: '●'; margin-right: 5px; color: var(--good); } [data-live] .fresh.away::before { content: '○'; color: var(--doubtful); }
button, input, select, textarea { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 7px; padding: 4px 10px; min-height: 34px; max-width: 100%; }
button { cursor: pointer; } button:hover { border-color: var(--quiet); }
main { padding-top: 22px; padding-bottom: 20px; }
.kicker { color: var(--quiet); font-size: .9rem; }
.notice { background: var(--doubtful-soft); border-left: 4px solid var(--doubtful); border-radius: 4px; padding: 8px 14px; margin: 0 0 16px; overflow-wrap: anywhere; }
.badge { display: inline-block; font-size: .72rem; font-weight: 600; letter-spacing: .01em; padding: 0 7px; border-radius: 9px; border: 1px dashed var(--doubtful); color: var(--doubtful); margin-left: 4px; vertical-align: 1px; line-height: 1.5; white-space: nowrap; }
.badge.plain { border: 1px solid var(--line); color: var(--quiet); }
.state { display: inline-flex; gap: .35em; align-items: baseline; font-weight: 600; white-space: nowrap; }
.glyph { font-weight: 700; width: 1em; text-align: center; flex: none; }
.verdict { display: inline-flex; gap: .35em; align-items: baseline; font-weight: 700; font-size: .9rem; padding: 1px 11px 1px 8px; border-radius: 14px; white-space: nowrap; letter-spacing: 0; }
h1 .verdict { font-size: 1.05rem; padding: 2px 14px 2px 10px; border-radius: 18px; }
.verdict.good { background: var(--good-soft); } .verdict.bad { background: var(--bad-soft); } .verdict.doubtful { background: var(--doubtful-soft); } .verdict.quiet { background: var(--faint); }
.facts { display: flex; flex-wrap: wrap; gap: 4px 28px; font-size: .9rem; margin: 4px 0 0; }
.facts div { display: flex; gap: 8px; align-items: baseline; min-width: 0; } .facts dt { color: var(--quiet); } .facts dd { overflow-wrap: anywhere; min-width: 0; }
.tabs { display: flex; gap: 4px; border-bottom: 1px solid var(--line); margin: 20px 0 0; overflow-x: auto; }
.tabs a { padding: 7px 13px; color: var(--quiet); text-decoration: none; border-bottom: 2px solid transparent; white-space: nowrap; margin-bottom: -1px; }
.tabs a:hover { color: var(--ink); } .tabs a[aria-current] { color: var(--ink); font-weight: 600; border-bottom-color: var(--ink); }
.tabs a:focus-visible { outline-offset: -3px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.scroll { overflow-x: auto; }
.empty { color: var(--quiet); padding: 18px; border: 1px dashed var(--line); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: 8px 13px; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--quiet); font-weight: 550; white-space: nowrap; font-size: .85rem; }
tbody th { font-weight: 600; overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.nowrap { white-space: nowrap; } tbody th.nowrap { overflow-wrap: normal; }
.text { overflow-wrap: anywhere; min-width: 15em; }
tbody tr:hover > * { background: color-mix(in srgb, var(--faint) 60%, transparent); }
.filter { margin: 10px 0; display: flex; gap: 12px; align-items: center; flex-wrap: wrap; font-size: .9rem; }
.filter input { min-width: min(320px, 60vw); }
.evidence { font-size: .85rem; }
/* board */
.board td:last-child { min-width: 9em; } .board .channel { font-weight: 650; font-size: 1rem; } .board td, .board th { vertical-align: middle; }
.board tr.first > * { border-top: 1px solid var(--line); }
/* agenda */
.agenda td { padding-top: 9px; padding-bottom: 9px; }
.agenda .rule { font-weight: 600; } .agenda .warning { opacity: .85; }
.scope { color: var(--quiet); font-size: .85rem; overflow-wrap: anywhere; }
/* matrix */
.matrix { border-collapse: separate; border-spacing: 6px; width: auto; min-width: min(100%, 640px); margin: -6px; }
.matrix th, .matrix td { border: 0; padding: 0; } .matrix thead th { padding: 4px 8px; }
.matrix tbody th { padding: 8px 10px 8px 4px; min-width: 8.5em; vertical-align: middle; } .matrix tbody th small { display: block; font-weight: 400; color: var(--quiet); font-size: .8rem; }
.matrix tbody tr:hover > * { background: none; }
.cell { display: block; text-decoration: none; color: var(--ink); border: 1px solid var(--line); border-left-width: 4px; border-radius: 8px; background: var(--card); padding: 7px 12px 8px; min-width: 19em; height: 100%; }
a.cell:hover { border-color: var(--quiet); }
.cell.good { border-left-color: var(--good); } .cell.bad { border-left-color: var(--bad); background: var(--bad-soft); } .cell.doubtful { border-left-color: var(--doubtful); background: var(--doubtful-soft); } .cell.waived { border-left-color: var(--waived); color: var(--ink); background: var(--waived-soft); }
.cell b { font-size: 1.05rem; font-variant-numeric: tabular-nums; } .cell .states { display: flex; flex-wrap: wrap; gap: 0 12px; font-size: .84rem; min-height: 1.4em; }
.cell small { color: var(--quiet); font-size: .78rem; display: block; } .cell.none { color: var(--quiet); background: none; border-style: dashed; border-left-width: 1px; }
.cell.informing { border-left-style: double; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 20px; font-size: .84rem; color: var(--quiet); margin-top: 8px; }
/* failure groups */
.groups { display: grid; gap: 10px; } .group { padding: 13px 16px; border-left: 4px solid var(--bad); min-width: 0; } .group.doubtful { border-left-color: var(--doubtful); color: var(--ink); }
.group > * + * { margin-top: 6px; } .group code.repro { display: inline-block; background: var(--faint); padding: 3px 8px; border-radius: 5px; }
.group .names { font-size: .9rem; overflow-wrap: anywhere; } .kind { display: inline-block; font-size: .78rem; font-weight: 600; padding: 0 8px; border-radius: 9px; background: var(--faint); color: var(--quiet); }
.signature { overflow-wrap: anywhere; font-size: .85rem; color: var(--quiet); }
/* grid of results */
.grid { width: auto; border-collapse: separate; border-spacing: 2px; } .grid th, .grid td { border: 0; padding: 0; }
.grid tbody th { position: sticky; left: 0; background: var(--card); padding: 2px 12px 2px 14px; white-space: nowrap; font-weight: 550; z-index: 1; }
.grid thead th { vertical-align: bottom; text-align: center; padding-bottom: 4px; } .grid thead th a, .grid thead th span { writing-mode: vertical-rl; transform: rotate(180deg); font-size: .76rem; font-family: var(--mono); font-weight: 400; max-height: 14em; overflow: hidden; text-decoration: none; } .grid thead a:hover { text-decoration: underline; }
.grid thead th.corner { position: sticky; left: 0; background: var(--card); z-index: 2; }
.grid td a, .grid td span { display: block; width: 27px; height: 25px; line-height: 25px; text-align: center; border-radius: 5px; text-decoration: none; font-weight: 700; background: var(--faint); }
.grid td span { opacity: .35; } .grid a.good { background: var(--good-soft); } .grid a.bad { background: var(--bad-soft); } .grid a.doubtful { background: var(--doubtful-soft); } .grid a.waived { background: var(--waived-soft); } .grid a.quiet { color: var(--quiet); }
.grid a.marked { outline: 1px dashed var(--doubtful); outline-offset: -1px; } .grid a:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
.grid tbody tr:hover td { background: none; } .pad { padding: 10px 14px; }
.strip { letter-spacing: .12em; font-family: var(--mono); white-space: nowrap; }
/* charts */
.chart svg { display: block; width: 100%; height: auto; min-width: 620px; font: 11px var(--mono); }
.chart text { fill: var(--quiet); } .chart .tick { stroke: var(--line); } .chart .rule { stroke: var(--doubtful); stroke-dasharray: 5 4; }
.chart .line { fill: none; stroke: var(--link); stroke-width: 1.6; } .chart .area { fill: var(--link); opacity: .12; }
.chart .dot { fill: var(--link); opacity: .55; } .chart .dot.bad { fill: var(--bad); opacity: 1; } .chart .dot.doubtful { fill: var(--doubtful); opacity: 1; }
.chart .name { fill: var(--ink); paint-order: stroke; stroke: var(--card); stroke-width: 3px; stroke-linejoin: round; pointer-events: none; }
.chart .creating { fill: var(--quiet); opacity: .5; } .chart .booting { fill: url(#hatch); stroke: var(--line); stroke-width: .5; } .hatch-ground { fill: var(--faint); } .hatch-line { fill: var(--quiet); opacity: .45; }
.chart .testing { stroke-width: 1; } .chart .testing.good { fill: var(--good-soft); stroke: var(--good); } .chart .testing.bad { fill: var(--bad-soft); stroke: var(--bad); } .chart .testing.doubtful { fill: var(--doubtful-soft); stroke: var(--doubtful); } .chart .testing.quiet { fill: var(--faint); stroke: var(--quiet); }
.meter { display: flex; gap: 10px; align-items: center; } .meter svg { width: 150px; height: 8px; border-radius: 4px; background: var(--line); } .meter rect { fill: var(--link); } .meter rect.good { fill: var(--good); }
.chart.tall { max-height: 460px; overflow: auto; }
/* attempts and logs */
details { min-width: 0; } summary { cursor: pointer; }
.attempt { border-bottom: 1px solid var(--line); scroll-margin-top: 64px; } .attempt:last-child { border-bottom: 0; }
.attempt > summary { display: grid; grid-template-columns: 8em minmax(10em, 20em) 11em 1fr 6em; gap: 12px; padding: 8px 16px; list-style: none; align-items: baseline; } .attempt > summary::-webkit-details-marker { display: none; }
.attempt > summary:hover, .attempt[open] > summary { background: var(--faint); } .attempt > summary:focus-visible { outline-offset: -2px; }
.attempt .what { font-weight: 600; overflow-wrap: anywhere; } .attempt .why { color: var(--quiet); font-size: .9rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.attempt:target { box-shadow: inset 4px 0 0 var(--link); } .inside { padding: 10px 16px 16px; display: grid; gap: 12px; min-width: 0; } .inside > * { min-width: 0; }
.cause { background: var(--bad-soft); border-left: 4px solid var(--bad); padding: 8px 14px; border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; } .cause.doubtful { background: var(--doubtful-soft); border-left-color: var(--doubtful); color: var(--ink); } .cause.bad { color: var(--ink); }
.log { max-height: 26em; overflow: auto; background: var(--faint); border-radius: 6px; margin: 0; padding: 8px 0; font-size: .8rem; line-height: 1.45; counter-reset: none; }
.log table { font-size: inherit; font-family: var(--mono); width: max-content; min-width: 100%; } .log td { border: 0; padding: 0 12px; white-space: pre; }   .log td.n { width: 1%; position: sticky; left: 0; background: var(--faint); color: var(--quiet); text-align: right; user-select: none; border-right: 1px solid var(--line); }
.log tr.decisive > td { background: var(--mark); font-weight: 700; } .log tbody tr:hover > td { background: none; } .log tr.decisive:hover > td { background: var(--mark); }
.log td.n .glyph { margin-right: 6px; }
/* record */
.steps { list-style: none; padding: 0; } .steps li { padding: 10px 16px; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; } .steps li:last-child { border-bottom: 0; }
form.sheet { padding: 14px 16px; display: grid; gap: 10px; max-width: 640px; } form.sheet input:not([type=radio], [type=checkbox]), form.sheet select { width: 100%; box-sizing: border-box; } .waive .sheet { padding: 10px 0; } .waive summary { cursor: pointer; } form.sheet label { display: grid; gap: 3px; font-size: .9rem; } fieldset { border: 0; padding: 0; margin: 0; display: flex; gap: 18px; flex-wrap: wrap; } fieldset label { display: flex !important; gap: 6px !important; align-items: center; } fieldset input { min-height: 0; }
.columns { display: grid; gap: 0 28px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); } .columns > * { min-width: 0; }
.copy { min-height: 26px; padding: 0 10px; font-size: .82rem; }
footer { color: var(--quiet); font-size: .82rem; padding-top: 26px; padding-bottom: 40px; }
kbd { font-family: var(--mono); font-size: .85em; border: 1px solid var(--line); border-radius: 4px; padding: 0 5px; background: var(--card); }
@media (max-width: 760px) {
  .wide { padding-inline: 14px; } .top > div { gap: 8px; flex-wrap: wrap; padding-top: 6px; padding-bottom: 4px; } .top nav { order: 9; flex-basis: 100%; margin: 0 -8px; } .fresh { margin-left: auto; }
  .top { position: static; } html { scroll-padding-top: 8px; }
  .facts { flex-direction: column; } .text { min-width: 0; } .board .text { min-width: 0; }
  .attempt > summary { grid-template-columns: 1fr auto; gap: 2px 10px; padding: 9px 12px; } .attempt .what, .attempt .why, .attempt .where { grid-column: 1 / -1; } .attempt .why { white-space: normal; } .attempt .took { grid-row: 1; grid-column: 2; }
  .stack thead { position: absolute; left: -9999px; } .stack, .stack tbody { display: block; } .stack tr { display: flex; flex-wrap: wrap; gap: 2px 14px; padding: 10px 13px; border-bottom: 1px solid var(--line); } .stack tbody tr:last-child { border-bottom: 0; } .stack td, .stack th { border: 0; padding: 0; text-align: left; white-space: normal; } .stack td:empty { display: none; } .stack th, .stack .text { flex-basis: 100%; }
  .stack td[data-label]::before { content: attr(data-label) ' '; color: var(--quiet); font-size: .85rem; }
  .board.stack td:nth-child(-n+2), .board.stack td:last-child { flex-basis: 100%; min-width: 0; } .board.stack td:has(> span.quiet:empty) { display: none; } .board.stack tr.first > * { border: 0; }
  .matrix { min-width: 0; width: calc(100% + 12px); } .matrix tr { display: grid; gap: 6px; padding: 6px; } .matrix, .matrix tbody { display: block; } .matrix thead { position: absolute; left: -9999px; } .cell { min-width: 0; } .cell[data-arch]::before { content: attr(data-arch); color: var(--quiet); font-size: .8rem; float: right; }
  .matrix tbody th { padding: 4px 0 0; } .matrix td.blank { display: none; }
}
@media (prefers-reduced-motion: no-preference) { main.news { animation: news .6s; } @keyframes news { from { opacity: .55; } } }
@media print { .top, .filter, .copy, form { display: none; } body { background: #fff; } }
`;

export const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#1f5fbf"/><path d="M4 8.5 7 11.5 12 5" fill="none" stroke="#fff" stroke-width="2"/></svg>';
