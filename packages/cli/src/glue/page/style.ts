// SPDX-License-Identifier: GPL-2.0-or-later
import type { Html } from './escape.ts';

/**
 * How the page looks: light and dark, wide and narrow, and on paper, where upright sheets have old and new lines one
 * below the other and others side by side. The lines of a run of a patch are placed by `dense`, which fills each
 * column from the top, so that old and new lines stand beside each other.
 */
export const STYLE: Html = {
  markup: `
:root { color-scheme: light dark; --back: #fff; --fore: #1b1f24; --quiet: #59636e; --line: #d1d9e0; --soft: #f4f6f8;
  --link: #0a58b8; --red: #a40e26; --red-soft: #ffebe9; --green: #116329; --green-soft: #dafbe1; --amber: #7d4e00; --amber-soft: #fff4d6; }
@media (prefers-color-scheme: dark) { :root { --back: #0f1318; --fore: #e3e8ee; --quiet: #9aa5b1; --line: #333c47; --soft: #181e25;
  --link: #74b3ff; --red: #ff938a; --red-soft: #3d1a1c; --green: #6fd687; --green-soft: #12301d; --amber: #efbf5c; --amber-soft: #372a0e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 110rem; padding: 1.5rem; background: var(--back); color: var(--fore); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0 0 .75rem; font-size: 1.6rem; line-height: 1.25; unicode-bidi: isolate; }
h2 { margin: 2.25rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); font-size: 1.2rem; }
h3 { margin: 0 0 .5rem; font-size: 1rem; }
p { margin: .4rem 0; }
a { color: var(--link); }
code, pre { font: 12.5px/1.45 ui-monospace, monospace; }
pre { margin: 0; white-space: pre-wrap; tab-size: 8; }
summary { cursor: pointer; }
.quiet { color: var(--quiet); font-weight: normal; font-size: .87rem; }
.digest { color: var(--quiet); }
.name { font-weight: 600; }
.alarm { padding: .5rem .75rem; border-left: 4px solid var(--red); background: var(--red-soft); }
.facts { display: grid; gap: .25rem 2rem; margin: 0; }
.facts > div { display: grid; grid-template-columns: 10rem 1fr; }
dt { color: var(--quiet); } dd { margin: 0; }
.verdict { margin: 1rem 0 0; padding: .6rem .9rem; border: 1px solid var(--line); border-radius: 6px; background: var(--soft); font-weight: 600; }
.findings { margin: 0; padding: 0; list-style: none; display: grid; gap: .75rem; }
.findings li { padding: .6rem .9rem; border-left: 4px solid var(--green); background: var(--soft); }
.findings li.review { border-color: var(--amber); } .findings li.refuse { border-color: var(--red); }
.tag { padding: .05rem .45rem; border-radius: 4px; color: var(--green); background: var(--green-soft); }
.review > .head .tag { color: var(--amber); background: var(--amber-soft); } .refuse > .head .tag { color: var(--red); background: var(--red-soft); }
.findings p, h1, .reason { white-space: pre-wrap; }
.open { color: var(--amber); font-weight: 600; } .review p.open { margin-bottom: 0; }
.functions { margin: 0 0 1.25rem; padding: 0; list-style: none; }
.functions li { padding: .45rem .6rem; border-top: 1px solid var(--line); }
.reason, .links { font-size: .87rem; }
.code { margin: .5rem 0; } .code pre { margin: .4rem 0 .75rem; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.code pre span { display: block; padding: 0 .5rem; min-height: 1.45em; white-space: pre-wrap; }
.code .del { background: var(--red-soft); } .code .add { background: var(--green-soft); } .code .at, .code .note { color: var(--quiet); }
.code .at { padding: .15rem .5rem; border-block: 1px solid var(--line); }
:target { outline: 2px solid var(--link); outline-offset: 2px; }
.beside { display: grid; gap: 1.5rem; } .beside > * { min-width: 0; }
.file { margin-bottom: 1rem; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.file > summary { padding: .4rem .75rem; background: var(--soft); }
.at { padding: .25rem .75rem; border-block: 1px solid var(--line); color: var(--quiet); background: var(--soft); }
.live { margin-left: .5rem; font-size: .87rem; }
.run { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); grid-auto-flow: row dense; }
.o { grid-column: 1; border-right: 1px solid var(--line); } .n { grid-column: 2; }
.run > div { display: grid; grid-template-columns: 3.4rem 1.1rem minmax(0, 1fr); }
.run i { padding-right: .5rem; color: var(--quiet); text-align: right; font: 12px/1.5 ui-monospace, monospace; user-select: none; }
.run code { grid-column: 3; white-space: pre-wrap; tab-size: 8; min-height: 1.45em; unicode-bidi: isolate; }
.run > div::before { grid-column: 2; grid-row: 1; font: 12.5px/1.45 ui-monospace, monospace; content: ''; }
.run > .del { background: var(--red-soft); } .run > .del::before { content: '-'; color: var(--red); }
.run > .add { background: var(--green-soft); } .run > .add::before { content: '+'; color: var(--green); }
.run > .note { color: var(--quiet); font-style: italic; }
.wide { overflow-x: auto; overflow-wrap: normal; }
table { width: 100%; margin: .75rem 0; border-collapse: collapse; font-size: .9rem; }
th, td { padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th, td { overflow-wrap: break-word; } td code, td pre { overflow-wrap: anywhere; } th { color: var(--quiet); font-weight: 600; } tr.refuse td, td.refuse { color: var(--red); }
.match { margin: .75rem 0; padding-left: .75rem; border-left: 2px solid var(--line); }
.masks { font-size: .83rem; } .masks span { display: inline-block; margin-right: 1rem; }
@media (min-width: 1100px) {
  .beside { grid-template-columns: 19rem minmax(0, 1fr); align-items: start; }
  .objects { position: sticky; top: 0; max-height: 100vh; overflow-y: auto; }
}
@media (max-width: 799px) {
  .run { display: block; } .run .o { border-right: 0; } .run .o.same { display: none; }
  .run > div { grid-template-columns: 2.6rem 1rem minmax(0, 1fr); }
  .run code { tab-size: 4; }
}
@media screen and (max-width: 799px) {
  body { padding: 1rem .75rem; }
  .facts > div { grid-template-columns: 1fr; }
  .stack, .stack tbody, .stack tr, .stack td { display: block; } .stack thead { display: none; }
  .stack td { padding: 0; border: 0; } .stack tr { padding: .35rem 0; border-bottom: 1px solid var(--line); }
}
@media print {
  :root { color-scheme: light; --back: #fff; --fore: #000; --quiet: #444; --line: #999; --soft: #f4f4f4; --link: #000;
    --red: #a40e26; --red-soft: #ffebe9; --green: #116329; --green-soft: #dafbe1; --amber: #7d4e00; --amber-soft: #fff4d6; }
  body { max-width: none; padding: 0; font-size: 10pt; } code, pre { font-size: 8pt; }
  details:not(.code)::details-content { content-visibility: visible !important; display: block !important; }
  .beside { display: block; } .objects { position: static; max-height: none; overflow: visible; }
  .file { overflow: visible; } .findings li, .functions li, tr { break-inside: avoid; } h2, h3, .at { break-after: avoid; }
  th, td { padding-block: .1rem; }
  .code pre { overflow: visible; } .del, .add, .tag, .alarm { print-color-adjust: exact; }
}
`,
};
