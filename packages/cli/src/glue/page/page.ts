// SPDX-License-Identifier: GPL-2.0-or-later

// The review page: one HTML file that holds everything an update says of itself, or what an examination found, for a
// person who judges it.
//
// Every text in it may come from a stranger: titles, patches, findings, what a kernel logged. So there is one way from
// text to markup (`html` in escape.ts), names of elements and targets of links are made of numbers alone, and a
// policy in the page forbids all that a style sheet of its own does not need. There is no script: folding is
// `details`, and printing unfolds.

import type { CarriedFile, Update } from '@uptide/stream';
import { oneLine } from '../../shell/lines.ts';
import { disassemblyIn } from '../origin.ts';
import { type Disassembly, readDisassembly } from './disassembly.ts';
import { type Html, html } from './escape.ts';
import { countFindings, findingsOf, findingsSection, type ShownFinding } from './findings.ts';
import { fixesSection } from './fixes.ts';
import { codeSection, liveSection, matchSection, type ShownObject } from './live.ts';
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
  const code = disassemblyIn(update);
  const disassembly = code === undefined ? undefined : readDisassembly(code);
  const patches = showPatches(update.patches);
  const objects = description.objects.map(({ name, functions, callbacks = [] }) => ({
    name,
    functions,
    callbacks,
  }));
  return pageOf({
    title: description.title,
    facts: [
      ['Kernel', `${kernel.release} ${kernel.architecture}, level ${level}`],
      ['Fixes', cves.length === 0 ? 'no CVE is named' : cves.join(', ')],
      ['Update', html`<code>${description.module}</code>`],
    ],
    verdict: `${countFindings(findings)} ${tellProof(update, proof)}`,
    sections: [
      findingsSection(findings, description.unreviewed, patches),
      fixesSection(description),
      liveSection(objects, patches, disassembly),
      codeSection(objects, disassembly),
      matchSection(description.objects),
      proofSection(update, proof),
      sourcesSection(update),
    ],
  });
}

/** What an examination found, for a page. */
export interface ExaminedPatches {
  readonly title: string;
  readonly release: string;
  readonly findings: readonly ShownFinding[];
  readonly patches: readonly CarriedFile[];
  /** As the forge writes it; undefined when something refuses. */
  readonly disassembly: Uint8Array | undefined;
}

/** The review page of patches that are not made an update yet. */
export function examinationPage(examined: ExaminedPatches): string {
  const { title, release, findings, disassembly } = examined;
  const patches = showPatches(examined.patches);
  const code = disassembly === undefined ? undefined : readDisassembly(disassembly);
  return pageOf({
    title,
    facts: [
      ['Kernel', release],
      ['Update', 'not made: this is an examination'],
    ],
    verdict: countFindings(findings),
    sections: [
      findingsSection(findings, undefined, patches),
      liveSection(objectsIn(code), patches, code),
      codeSection(objectsIn(code), code),
    ],
  });
}

/** The objects and functions that a disassembly names. */
function objectsIn(disassembly: Disassembly | undefined): readonly ShownObject[] {
  const byObject = Map.groupBy(disassembly?.functions ?? [], ({ object }) => object);
  return [...byObject].map(([name, functions]) => ({
    name,
    functions: functions.map((one) => ({ name: one.name, position: 0, size: undefined, reason: undefined })),
    callbacks: [],
  }));
}

interface Page {
  readonly title: string;
  readonly facts: readonly (readonly [string, string | Html])[];
  /** One sentence before all else. */
  readonly verdict: string;
  readonly sections: readonly Html[];
}

function pageOf({ title, facts, verdict, sections }: Page): string {
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${oneLine(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<dl class="facts">
${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
<p class="verdict">${verdict}</p>
</header>
<main>
${sections.filter(({ markup }) => markup !== '').map((part) => html`<section>\n${part}</section>\n`)}</main>
</body>
</html>
`;
  return page.markup;
}
