/** The page's style: system fonts, light and dark, from 320 pixels up. Colours always stand beside a word or glyph. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #f7f7f5; --card: #ffffff; --ink: #20242a; --quiet: #5d6570; --line: #e2e3e0; --faint: #f0f0ed;
  --good: #1b7a48; --bad: #bb2d24; --doubtful: #8a5c00; --link: #1f5fbf;
  --good-soft: #e3f2e8; --bad-soft: #fbe7e4; --doubtful-soft: #fbf0d4; --mark: #ffe08a;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171a; --card: #1b1f23; --ink: #dfe3e7; --quiet: #98a2ad; --line: #2d333a; --faint: #22272c;
    --good: #58c48a; --bad: #ff8276; --doubtful: #e2b649; --link: #82b1ff;
    --good-soft: #1b3327; --bad-soft: #3d2220; --doubtful-soft: #372d15; --mark: #6b5310;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; }
main, header, footer { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
h1, h2, h3, h4, h5, p, ul, dl { margin: 0; }
h2 { font-size: 1.05rem; font-weight: 650; margin: 36px 0 12px; }
h3 { font-size: 1rem; font-weight: 650; }
h4 { font-size: .85rem; font-weight: 650; color: var(--quiet); margin: 0 0 6px; overflow-wrap: anywhere; }
h5 { font-size: .95rem; font-weight: 650; overflow-wrap: anywhere; }
h5 .quiet { font-weight: 400; }
code, pre { font-family: var(--mono); font-size: .85em; }
a { color: var(--link); }
.quiet { color: var(--quiet); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
header { padding-top: 32px; }
.run { color: var(--quiet); font-size: .9rem; }
h1 { font-size: clamp(1.4rem, 1rem + 2vw, 2rem); line-height: 1.25; font-weight: 680; letter-spacing: -.01em; margin: 6px 0 10px; text-wrap: balance; overflow-wrap: anywhere; }
h1.good { color: var(--good); } h1.bad { color: var(--bad); } h1.doubtful { color: var(--doubtful); }
.notice { background: var(--doubtful-soft); border-left: 4px solid var(--doubtful); border-radius: 4px; padding: 10px 14px; margin: 12px 0; font-weight: 550; overflow-wrap: anywhere; }
.share { display: flex; height: 8px; border-radius: 4px; overflow: hidden; gap: 1px; margin: 16px 0 8px; background: var(--line); }
.share svg { width: 100%; height: 100%; display: block; }
.facts { display: flex; flex-wrap: wrap; gap: 2px 28px; font-size: .9rem; margin-top: 12px; }
.facts div { display: flex; gap: 8px; } .facts dt { color: var(--quiet); } .facts dd { margin: 0; overflow-wrap: anywhere; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: 9px 14px; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
th { color: var(--quiet); font-weight: 550; white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td code { overflow-wrap: anywhere; }
td.zero { color: var(--quiet); }
.groups { display: grid; gap: 10px; }
.group { padding: 14px 16px; border-left: 4px solid var(--bad); }
.group.infrastructure { border-left-color: var(--doubtful); }
.group .title { font-weight: 620; overflow-wrap: anywhere; }
.group .names { margin-top: 6px; font-size: .9rem; overflow-wrap: anywhere; }
.group .names a { margin-right: 10px; display: inline-block; }
.kind { display: inline-block; font-size: .78rem; font-weight: 600; padding: 0 8px; border-radius: 9px; background: var(--bad-soft); color: var(--bad); margin-right: 6px; }
.infrastructure .kind { background: var(--doubtful-soft); color: var(--doubtful); }
#controls { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; position: sticky; top: 0; z-index: 2; background: var(--ground); padding: 10px 0; }
#controls[hidden], [hidden] { display: none; }
input, select, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 7px; padding: 5px 11px; min-height: 34px; }
button { cursor: pointer; }
button:hover { border-color: var(--quiet); }
#search { flex: 1 1 220px; min-width: 0; }
#target { max-width: 100%; }
.chip b { font-variant-numeric: tabular-nums; }
.chip[aria-pressed='true'] { background: var(--ink); color: var(--card); border-color: var(--ink); }
.chip[aria-pressed='true'] .outcome { color: inherit; }
.outcome { display: inline-flex; gap: .4em; align-items: baseline; font-weight: 600; white-space: nowrap; color: var(--quiet); }
.outcome .glyph { font-weight: 700; width: 1em; text-align: center; }
.outcome.passed { color: var(--good); }
.outcome.failed, .outcome.timedout { color: var(--bad); }
.outcome.interrupted, .outcome.blocked, .outcome.notrun, .outcome.flaky { color: var(--doubtful); }
#list { overflow: clip; }
#list:empty { display: none; }
.row { border-bottom: 1px solid var(--line); scroll-margin-top: 100px; }
.row:last-child { border-bottom: 0; }
.row > summary { display: grid; grid-template-columns: 7.2em minmax(10em, 17em) 0 1fr 6.5em; gap: 12px; align-items: baseline; padding: 8px 16px; cursor: pointer; list-style: none; }
.several .row > summary { grid-template-columns: 7.2em minmax(10em, 17em) 12em 1fr 6.5em; }
.row > summary::-webkit-details-marker { display: none; }
.row > summary:hover { background: var(--faint); }
.row[open] > summary { background: var(--faint); border-bottom: 1px solid var(--line); }
.row > summary:focus-visible { outline-offset: -2px; }
.name { font-weight: 600; overflow-wrap: anywhere; }
.where { color: var(--quiet); font-size: .85rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.why { color: var(--quiet); font-size: .9rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.took { color: var(--quiet); text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; font-size: .9rem; }
.body { padding: 4px 16px 16px; min-width: 0; }
.attempt { padding: 12px 0; display: grid; gap: 14px; min-width: 0; }
.attempt > * { min-width: 0; }
.attempt + .attempt { border-top: 1px dashed var(--line); }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.cause { background: var(--faint); border-left: 4px solid var(--line); padding: 10px 14px; border-radius: 4px; }
.cause.failed, .cause.timedout { background: var(--bad-soft); border-left-color: var(--bad); }
.cause.blocked, .cause.interrupted, .cause.notrun, .cause.flaky { background: var(--doubtful-soft); border-left-color: var(--doubtful); }
.excerpt { background: var(--faint); padding: 10px 14px; border-radius: 6px; max-height: 22em; overflow: auto; }
.checks, .subtests { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 18px; }
.checks .broken { flex-basis: 100%; color: var(--bad); overflow-wrap: anywhere; }
.checks .held .glyph { color: var(--good); }
.subtests li { flex-basis: 100%; overflow-wrap: anywhere; }
.section ul:not(.checks, .subtests) { padding-left: 18px; overflow-wrap: anywhere; }
.phasebar { display: flex; height: 8px; border-radius: 4px; overflow: hidden; gap: 1px; }
.phasebar span { flex-basis: 0; min-width: 2px; background: var(--quiet); }
.phase-provision { --phase: #8d9aa8; } .phase-boot { --phase: #5a8fd8; } .phase-run { --phase: #3d9a6a; } .phase-teardown { --phase: #b09a6a; }
.phasebar .phase-provision, .phasebar .phase-boot, .phasebar .phase-run, .phasebar .phase-teardown { background: var(--phase); }
.keys { display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: .85rem; margin-top: 4px; }
.key::before { content: ''; display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 6px; background: var(--phase); }
.machine { border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; display: grid; gap: 6px; }
.machine > * { min-width: 0; }
.machine > p { font-size: .85rem; overflow-wrap: anywhere; }
.logs > summary { cursor: pointer; font-weight: 550; padding: 2px 0; }
.logs > p { font-size: .85rem; margin-bottom: 4px; }
.log { position: relative; max-height: 28em; overflow: auto; background: var(--faint); border-radius: 6px; padding: 8px 0; }
.part { display: grid; grid-template-columns: auto 1fr; width: max-content; min-width: 100%; }
.log pre { white-space: pre; overflow-wrap: normal; font-size: .8rem; line-height: 1.45; padding: 0 12px; }
.numbers { position: sticky; left: 0; color: var(--quiet); text-align: right; user-select: none; background: var(--faint); border-right: 1px solid var(--line); }
.log mark { background: var(--mark); color: inherit; font-weight: 700; box-shadow: -12px 0 0 var(--mark), 12px 0 0 var(--mark); }
.gap { color: var(--quiet); font-size: .8rem; padding: 4px 12px; font-style: italic; }
.again { overflow-wrap: anywhere; margin-top: 6px; }
.again code { background: var(--faint); padding: 3px 7px; border-radius: 5px; }
.copy { min-height: 28px; padding: 1px 10px; font-size: .85rem; }
#more { margin-top: 10px; }
.timeline { padding: 14px 12px 0; }
.timeline .scroll { max-height: 420px; overflow: auto; }
.timeline svg { display: block; width: 100%; min-width: 960px; height: auto; font: 11px var(--mono); }
.timeline rect.creating { fill: var(--quiet); opacity: .55; }
.timeline rect.cleaning { fill: var(--quiet); opacity: .55; }
.timeline rect.booting { fill: url(#hatch); stroke: var(--line); stroke-width: .5; }
.hatch-ground { fill: var(--faint); } .hatch-line { fill: var(--quiet); opacity: .45; }
.timeline rect.testing.good { fill: var(--good-soft); stroke: var(--good); stroke-width: 1; }
.timeline rect.testing.bad { fill: var(--bad-soft); stroke: var(--bad); stroke-width: 1; }
.timeline rect.testing.doubtful { fill: var(--doubtful-soft); stroke: var(--doubtful); stroke-width: 1; }
.timeline text { fill: var(--ink); paint-order: stroke; stroke: var(--card); stroke-width: 3px; stroke-linejoin: round; pointer-events: none; }
.timeline text.tick { fill: var(--quiet); stroke: none; } .timeline line.tick { stroke: var(--line); }
.timeline a:hover rect { opacity: .8; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 20px; font-size: .85rem; color: var(--quiet); padding: 4px 4px 8px; }
footer { color: var(--quiet); font-size: .85rem; padding-top: 32px; padding-bottom: 48px; overflow-wrap: anywhere; }
footer a { margin-right: 14px; }
kbd { font-family: var(--mono); font-size: .85em; border: 1px solid var(--line); border-radius: 4px; padding: 0 5px; background: var(--card); }
@media (max-width: 760px) {
  main, header, footer { padding-left: 14px; padding-right: 14px; }
  .row > summary, .several .row > summary { grid-template-columns: 1fr auto; gap: 2px 10px; padding: 9px 12px; }
  .row > summary .outcome { grid-row: 1; } .row > summary .took { grid-row: 1; grid-column: 2; }
  .row > summary .name, .row > summary .where, .row > summary .why { grid-column: 1 / -1; }
  .where:empty, .why:empty { display: none; }
  .why { white-space: normal; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; }
  #controls { position: static; }
  .body { padding: 4px 12px 14px; }
  .facts { flex-direction: column; }
}
@media print { #controls, .copy, #more { display: none; } body { background: #fff; } }
`;
