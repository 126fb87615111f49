// SPDX-License-Identifier: GPL-2.0-or-later
import type { Description, LevelFix } from '@uptide/stream';
import { type Html, html, NOTHING } from './escape.ts';

/** The fixes that a level has, in the order of the series, and those that it took back. */
export function fixesSection({ fixes = [], undone = [] }: Pick<Description, 'fixes' | 'undone'>): Html {
  if (fixes.length + undone.length === 0) return NOTHING;
  return html`<h2 id="fixes">Fixes of the series</h2>
<div class="wide"><table class="stack"><thead><tr><th>Fix</th><th>CVEs</th><th>Severity</th><th>Date</th><th>Advisory</th></tr></thead><tbody>
${fixes.map((fix) => fixRow(fix, NOTHING))}${undone.map((fix) => fixRow(fix, html`<b>Taken back:</b> `))}</tbody></table></div>
`;
}

function fixRow({ id, title, cves, severity, date, advisory }: LevelFix, mark: Html): Html {
  return html`<tr><td>${mark}<code class="name">${id}</code> ${title}</td><td>${cves.join(', ')}</td><td>${severity ?? ''}</td><td>${date ?? ''}</td><td>${advisory ?? ''}</td></tr>
`;
}
