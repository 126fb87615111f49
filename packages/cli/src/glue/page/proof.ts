// SPDX-License-Identifier: GPL-2.0-or-later
import type { Update } from '@uptide/stream';
import { summarizeProof } from '../proof-summary.ts';
import { verifyProof } from '../verify.ts';
import { type Html, html, NOTHING } from './escape.ts';
import { placeOf, type ShownFinding } from './findings.ts';
import { fieldsOf, records, word } from './proof-fields.ts';
import {
  fixesTable,
  levelsTable,
  probesTable,
  type ReadLevels,
  type ReadProbe,
  type ReadRun,
  readLevels,
  readRun,
  runsTable,
} from './proof-levels.ts';

/** Bytes of a proof that is shown; one with many functions and probes has some hundred thousand. */
export const MAX_PROOF_BYTES = 16 * 1024 * 1024;

/** What a proof says, every field of it as a stranger may have written it. */
export interface ReadProof {
  readonly verdict: string;
  readonly release: string;
  readonly steps: readonly { readonly boot: string; readonly name: string; readonly status: string }[];
  readonly functions: readonly ReadFunction[];
  readonly probes: readonly ReadProbe[];
  readonly levels: ReadLevels | undefined;
  readonly runs: readonly ReadRun[];
  readonly findings: readonly ShownFinding[];
}

interface ReadFunction {
  readonly object: string;
  readonly name: string;
  readonly position: string;
  readonly shown: string;
}

/** Reads the proof of an update; undefined when there is none or it cannot be read. */
export function readProof({ proof: bytes }: Update): ReadProof | undefined {
  if (bytes === undefined || bytes.length > MAX_PROOF_BYTES) return undefined;
  const summary = summarizeProof(bytes);
  if (summary === undefined) return undefined;
  const proof = fieldsOf(JSON.parse(Buffer.from(bytes).toString('utf8')));
  const { verdict, release } = summary;
  return {
    verdict,
    release,
    steps: records(proof.steps).map(({ boot, name, status }) => ({
      boot: word(boot),
      name: word(name),
      status: word(status),
    })),
    functions: records(proof.functions).map(({ object, name, sympos, shown }) => ({
      object: word(object),
      name: word(name),
      position: word(sympos),
      shown: word(shown),
    })),
    levels: proof.levels === undefined ? undefined : readLevels(fieldsOf(proof.levels)),
    runs: records(proof.runs).map(readRun),
    probes: records(proof.probes).map(({ probe, fix, state, mustPass, status, stdout, stderr }) => ({
      probe: fix === undefined ? word(probe) : word(fix),
      ofFix: fix !== undefined,
      state: word(state),
      wanted: mustPass === true ? '0' : fix === undefined ? 'any' : '1',
      status: word(status),
      output: [stdout, stderr].filter((text) => typeof text === 'string' && text !== '').join('\n'),
    })),
    findings: records(proof.findings).map(({ verdict: found, code, place, reason, remedy }) => ({
      verdict: word(found),
      id: undefined,
      code: word(code),
      place: placeOf(fieldsOf(place)),
      reason: word(reason),
      remedy: word(remedy),
      from: 'proof',
      signedOff: undefined,
    })),
  };
}

/** The proof in one sentence. */
export function tellProof(update: Update, proof: ReadProof | undefined): string {
  if (update.proof === undefined) return 'Not proven: the update carries no proof.';
  if (proof === undefined) return 'Not proven: the proof cannot be read.';
  if (verifyProof(update).length > 0) return 'Not proven: the proof is not of this update.';
  const functions = shownFunctions(update, proof);
  const live = functions.filter(({ shown }) => shown === 'live').length;
  return `Proof: ${proof.verdict} on ${proof.release}, ${live} of ${functions.length} functions seen live.`;
}

/** The section with the proof. */
export function proofSection(update: Update, proof: ReadProof | undefined): Html {
  const head = html`<h2 id="proof">Proof</h2>\n<p>${tellProof(update, proof)}</p>\n`;
  if (proof === undefined) return head;
  const failed = proof.steps.filter(({ status }) => status !== '0').length;
  return html`${head}<table class="stack"><thead><tr><th>Object</th><th>Function</th><th>Shown</th></tr></thead><tbody>
${shownFunctions(update, proof).map(
  ({ object, name, shown }) =>
    html`<tr><td><code>${object}</code></td><td><code>${name}</code></td><td>${tellShown(shown)}</td></tr>\n`,
)}</tbody></table>
${levelsTable(proof.levels)}${probesPart(proof)}${runsTable(proof.runs)}<details><summary>${proof.steps.length} steps, ${failed === 0 ? 'each ended with status 0' : `${failed} ended otherwise than with status 0`}</summary>
<table><thead><tr><th>Boot</th><th>Step</th><th>Status</th></tr></thead><tbody>
${proof.steps.map(
  ({ boot, name, status }) =>
    html`<tr${status === '0' ? NOTHING : html` class="refuse"`}><td>${boot}</td><td><code>${name}</code></td><td>${status}</td></tr>\n`,
)}</tbody></table></details>
<p>${proof.findings.length === 0 ? 'The proof has no findings of its own, in the kernel log or elsewhere.' : html`The findings of the proof are among <a href="#findings">those above</a>.`}</p>
`;
}

function probesPart({ probes }: ReadProof): Html {
  if (probes.length === 0) return html`<p>No probes were run: nothing was tried but load and unload.</p>\n`;
  return html`${fixesTable(probes)}${probesTable(probes.filter(({ ofFix }) => !ofFix))}`;
}

/** The functions of the update, each with what the proof says of it. */
function shownFunctions({ description }: Update, proof: ReadProof): readonly ReadFunction[] {
  const key = (object: string, name: string, position: string): string => [object, name, position].join(' ');
  const said = new Map(proof.functions.map((one) => [key(one.object, one.name, one.position), one.shown]));
  return description.objects.flatMap(({ name: object, functions }) =>
    functions.map(({ name, position }) => ({
      object,
      name: position === 0 ? name : `${name},${position}`,
      position: String(position),
      shown: said.get(key(object, name, String(position))) ?? 'none',
    })),
  );
}

function tellShown(shown: string): string {
  if (shown === 'live') return 'replaced and restored in a running kernel';
  return shown === 'static' ? 'checked against the shipped file' : 'not shown';
}
