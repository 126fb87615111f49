// SPDX-License-Identifier: GPL-2.0-or-later
import type { LevelFix } from '@uptide/stream';
import { type Html, html, NOTHING } from './escape.ts';

/** The fixes that a level has, in the order of the series. */
export function fixesSection(fixes: readonly LevelFix[]): Html {
  if (fixes.length === 0) return NOTHING;
  return html`<h2 id="fixes">Fixes of the series</h2>
<div class="wide"><table class="stack"><thead><tr><th>Level</th><th>Fix</th><th>CVEs</th><th>Severity</th><th>Date</th><th>Advisory</th></tr></thead><tbody>
${fixes.map(
  ({ id, title, cves, severity, date, advisory }, index) =>
    html`<tr><td>${index + 1}</td><td><code class="name">${id}</code> ${title}</td><td>${cves.join(', ')}</td><td>${severity ?? ''}</td><td>${date ?? ''}</td><td>${advisory ?? ''}</td></tr>\n`,
)}</tbody></table></div>
`;
}
