// SPDX-License-Identifier: GPL-2.0-or-later
import { formatPlace, type Place } from '@uptide/base';
import type { Description, Update } from '@uptide/stream';
import type { Judgement, NamedFinding } from '../../review/model.ts';
import { hunksAt } from '../hunks.ts';
import { verifyProof } from '../verify.ts';
import { type Html, html, NOTHING } from './escape.ts';
import { hunkLinks, hunksOf, type ShownHunk, type ShownPatch } from './patches.ts';
import type { ReadProof } from './proof.ts';

/** A finding as the page shows it, wherever it comes from. */
export interface ShownFinding {
  /** `refuse`, `review` or `ok`; in a proof that somebody made up, any word. */
  readonly verdict: string;
  readonly id: string | undefined;
  readonly code: string;
  readonly place: Place;
  readonly reason: string;
  readonly remedy: string;
  /** The step that found it. */
  readonly from: 'patch' | 'proof';
  readonly signedOff: Description['findings'][number]['signedOff'];
}

const RANK: readonly string[] = ['review', 'ok'];

/** All findings of the update and of its proof, and what speaks against the proof; the gravest first. */
export function findingsOf(update: Update, proof: ReadProof | undefined): readonly ShownFinding[] {
  const ofPatch = update.description.findings.map(
    ({ verdict, id, code, place, reason, remedy, signedOff }): ShownFinding => ({
      verdict,
      id,
      code,
      place: placeOf(place),
      reason,
      remedy,
      from: 'patch',
      signedOff,
    }),
  );
  const againstProof = verifyProof(update).map(
    ({ verdict, code, place, reason, remedy }): ShownFinding => ({
      verdict,
      id: undefined,
      code,
      place,
      reason,
      remedy,
      from: 'proof',
      signedOff: undefined,
    }),
  );
  return gravestFirst([...ofPatch, ...againstProof, ...(proof?.findings ?? [])]);
}

/** The findings of an examination with the sign-offs that count, the gravest first. */
export function examinedFindings(
  findings: readonly NamedFinding[],
  { judged }: Judgement,
): readonly ShownFinding[] {
  const signOffs = new Map(judged.map(({ finding, signedOff }) => [finding.id, signedOff]));
  return gravestFirst(
    findings.map(({ id, verdict, code, place, reason, remedy }) => ({
      verdict,
      id,
      code,
      place,
      reason,
      remedy,
      from: 'patch',
      signedOff: signOffs.get(id),
    })),
  );
}

/** A verdict that is neither review nor ok stops an update: it stands with the refusals. */
function gravestFirst(findings: readonly ShownFinding[]): readonly ShownFinding[] {
  return findings.toSorted((a, b) => RANK.indexOf(a.verdict) - RANK.indexOf(b.verdict));
}

/** The findings in one sentence. */
export function countFindings(findings: readonly ShownFinding[]): string {
  const count = (chosen: (finding: ShownFinding) => boolean): number => findings.filter(chosen).length;
  const refused = count(isRefusal);
  const open = count(isOpen);
  const signed = count(({ verdict, signedOff }) => verdict === 'review' && signedOff !== undefined);
  const parts = [
    ...(refused === 0 ? [] : [`${refused} refused`]),
    ...(open === 0 ? [] : [`${open} to be judged by a person`]),
    ...(signed === 0 ? [] : [`${signed} signed off`]),
  ];
  return parts.length === 0 ? 'Findings: nothing to judge.' : `Findings: ${parts.join(', ')}.`;
}

/** The section with the findings, each with the lines of the patches that it comes from. */
export function findingsSection(
  findings: readonly ShownFinding[],
  unreviewed: Description['unreviewed'],
  patches: readonly ShownPatch[],
): Html {
  const hunks = hunksOf(patches);
  return html`<h2 id="findings">Findings</h2>
${unreviewed === undefined ? NOTHING : html`<p class="alarm"><b>Made although findings are not signed off:</b> ${unreviewed.reason}</p>\n`}${
  findings.length === 0
    ? html`<p>None.</p>\n`
    : html`<ol class="findings">
${findings.map((finding) => findingItem(finding, hunks))}</ol>\n`
}`;
}

function findingItem(finding: ShownFinding, hunks: readonly ShownHunk[]): Html {
  const { verdict, id, code, place, reason, remedy, from, signedOff } = finding;
  const look = isRefusal(finding) ? 'refuse' : isOpen(finding) ? 'review' : 'ok';
  return html`<li class="${look}"><div class="head"><b class="tag">${verdict}</b> <code>${code}</code>${id === undefined ? NOTHING : html` <code class="quiet">${id}</code>`}${from === 'proof' ? html` <span class="quiet">from the proof</span>` : NOTHING}</div>
${placeLine(formatPlace(place), from === 'patch' ? hunkLinks(hunksAt(place, hunks)) : NOTHING)}<p>${reason}</p>
<p class="remedy"><b>Next:</b> ${remedy}</p>
${isOpen(finding) ? html`<p class="open">Not signed off.</p>\n` : NOTHING}${signedOff === undefined ? NOTHING : html`<p class="signed"><b>Signed off</b> by ${signedOff.name}, ${signedOff.date}: ${signedOff.reason}</p>\n`}</li>
`;
}

function placeLine(place: string, links: Html): Html {
  if (place === '') return NOTHING;
  return html`<div class="place"><code>${place}</code> <span class="links">${links}</span></div>\n`;
}

function isRefusal({ verdict }: ShownFinding): boolean {
  return !RANK.includes(verdict);
}

function isOpen({ verdict, signedOff }: ShownFinding): boolean {
  return verdict === 'review' && signedOff === undefined;
}

/** The known fields of a place that was read. */
export function placeOf(place: Readonly<Record<string, unknown>>): Place {
  const { kernel, object, file, line, section, symbol, offset } = place;
  return {
    ...(typeof kernel === 'string' ? { kernel } : {}),
    ...(typeof object === 'string' ? { object } : {}),
    ...(typeof file === 'string' ? { file } : {}),
    ...(typeof line === 'number' ? { line } : {}),
    ...(typeof section === 'string' ? { section } : {}),
    ...(typeof symbol === 'string' ? { symbol } : {}),
    ...(typeof offset === 'number' ? { offset } : {}),
  };
}
