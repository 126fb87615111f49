// SPDX-License-Identifier: GPL-2.0-or-later

// The review page: one HTML file that holds everything an update says of itself, for a person who judges it.
//
// Every text in it may come from a stranger: titles, patches, findings, what a kernel logged. So there is one way from
// text to markup (`html` in escape.ts), names of elements and targets of links are made of numbers alone, and a
// policy in the page forbids all that a style sheet of its own does not need. There is no script: folding is
// `details`, and printing unfolds.

import type { Update } from '@uptide/stream';
import { oneLine } from '../../shell/lines.ts';
import { type Html, html } from './escape.ts';
import { countFindings, findingsOf, findingsSection } from './findings.ts';
import { liveSection, matchSection } from './live.ts';
import { showPatches } from './patches.ts';
import { proofSection, readProof, tellProof } from './proof.ts';
import { sourcesSection } from './sources.ts';
import { STYLE } from './style.ts';

/**
 * The review page of an update: the same bytes for the same update. What the patches or the proof say wrongly
 * is told in the page and ends nothing.
 */
export function reviewPage(update: Update): string {
  const { description } = update;
  const { kernel, cves, level } = description;
  const proof = readProof(update);
  const findings = findingsOf(update, proof);
  const patches = showPatches(update.patches);
  const title = oneLine(description.title);
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${description.title}</h1>
<dl class="facts">
<div><dt>Kernel</dt><dd>${kernel.release} ${kernel.architecture}, level ${level}</dd></div>
<div><dt>Fixes</dt><dd>${cves.length === 0 ? 'no CVE is named' : cves.join(', ')}</dd></div>
<div><dt>Update</dt><dd><code>${description.module}</code></dd></div>
</dl>
<p class="verdict">${countFindings(findings)} ${tellProof(update, proof)}</p>
</header>
<main>
${sections([
  findingsSection(findings, description.unreviewed),
  liveSection(description.objects, patches),
  matchSection(description.objects),
  proofSection(update, proof),
  sourcesSection(update),
])}</main>
</body>
</html>
`;
  return page.markup;
}

function sections(parts: readonly Html[]): readonly Html[] {
  return parts.map((part) => html`<section>\n${part}</section>\n`);
}
