// SPDX-License-Identifier: GPL-2.0-or-later
import { formatPlace } from '@uptide/base';
import type { Update } from '@uptide/stream';
import { summarizeProof } from '../proof-summary.ts';
import { verifyProof } from '../verify.ts';
import { type Html, html, NOTHING } from './escape.ts';
import { placeOf, type ShownFinding } from './findings.ts';

/** Bytes of a proof that is shown; one with many functions and probes has some hundred thousand. */
export const MAX_PROOF_BYTES = 16 * 1024 * 1024;

/** What a proof says, every field of it as a stranger may have written it. */
export interface ReadProof {
  readonly verdict: string;
  readonly release: string;
  readonly steps: readonly { readonly boot: string; readonly name: string; readonly status: string }[];
  readonly functions: readonly ReadFunction[];
  readonly probes: readonly {
    readonly probe: string;
    readonly state: string;
    /** The status with which it has to end. */
    readonly wanted: string;
    readonly status: string;
    readonly output: string;
  }[];
  readonly levels: ReadLevels | undefined;
  readonly runs: readonly ReadRun[];
  readonly findings: readonly ShownFinding[];
}

/** What a proof says of a level of a series. */
interface ReadLevels {
  readonly previous: string | undefined;
  readonly back: boolean;
  readonly steps: readonly {
    readonly boot: string;
    readonly step: string;
    readonly from: string;
    readonly to: string;
    readonly shown: boolean;
  }[];
}

interface ReadRun {
  readonly boot: string;
  readonly step: string;
  readonly milliseconds: string;
  readonly rounds: string;
  readonly log: string;
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
      state: word(state),
      wanted: mustPass === true ? '0' : fix === undefined ? 'any' : '1',
      status: word(status),
      output: [stdout, stderr].filter((text) => typeof text === 'string' && text !== '').join('\n'),
    })),
    findings: records(proof.findings).map(({ verdict: found, code, place, reason, remedy }) => ({
      verdict: word(found),
      id: undefined,
      code: word(code),
      place: formatPlace(placeOf(fieldsOf(place))),
      reason: word(reason),
      remedy: word(remedy),
      from: 'proof',
      signedOff: undefined,
    })),
  };
}

function readLevels(levels: Readonly<Record<string, unknown>>): ReadLevels {
  const { level } = fieldsOf(levels.previous);
  return {
    previous: level === undefined ? undefined : word(level),
    back: levels.back === true,
    steps: records(levels.steps).map(({ boot, step, from, to, shown }) => ({
      boot: word(boot),
      step: word(step),
      from: word(from),
      to: word(to),
      shown: shown === true,
    })),
  };
}

function readRun({ boot, step, transition, rounds, log }: Readonly<Record<string, unknown>>): ReadRun {
  const lines = Array.isArray(log) ? log : [];
  return {
    boot: word(boot),
    step: word(step),
    milliseconds: typeof transition === 'number' ? transition.toFixed(1) : 'not seen',
    rounds: records(rounds)
      .map(({ load, rounds: count }) => `${word(load)} ${word(count)}`)
      .join(', '),
    log: lines.filter((line) => typeof line === 'string').join('\n'),
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
${levelsTable(proof)}${probesTable(proof)}${runsTable(proof)}<details><summary>${proof.steps.length} steps, ${failed === 0 ? 'each ended with status 0' : `${failed} ended otherwise than with status 0`}</summary>
<table><thead><tr><th>Boot</th><th>Step</th><th>Status</th></tr></thead><tbody>
${proof.steps.map(
  ({ boot, name, status }) =>
    html`<tr${status === '0' ? NOTHING : html` class="refuse"`}><td>${boot}</td><td><code>${name}</code></td><td>${status}</td></tr>\n`,
)}</tbody></table></details>
<p>${proof.findings.length === 0 ? 'The proof has no findings of its own, in the kernel log or elsewhere.' : html`The findings of the proof are among <a href="#findings">those above</a>.`}</p>
`;
}

function levelsTable({ levels }: ReadProof): Html {
  if (levels === undefined) return NOTHING;
  const { previous, back, steps } = levels;
  const way =
    previous === undefined
      ? html`<p>The level before was not given.</p>\n`
      : html`<p>Proven from level ${previous}${back ? ' and back to it' : ', and not back to it'}.</p>\n`;
  return html`${way}<table><thead><tr><th>Boot</th><th>Step</th><th>From level</th><th>To level</th><th>Shown</th></tr></thead><tbody>
${steps.map(
  ({ boot, step, from, to, shown }) =>
    html`<tr${shown ? NOTHING : html` class="refuse"`}><td>${boot}</td><td>${step}</td><td>${from}</td><td>${to}</td><td>${shown ? 'yes' : 'no'}</td></tr>\n`,
)}</tbody></table>
`;
}

function runsTable({ runs }: ReadProof): Html {
  if (runs.length === 0) return NOTHING;
  return html`<details><summary>Transition times and kernel log of ${runs.length} steps</summary>
<table><thead><tr><th>Boot</th><th>Step</th><th>Transition, ms</th><th>Rounds of loads so far</th><th>Kernel log</th></tr></thead><tbody>
${runs.map(
  ({ boot, step, milliseconds, rounds, log }) =>
    html`<tr><td>${boot}</td><td>${step}</td><td>${milliseconds}</td><td>${rounds === '' ? 'no load' : rounds}</td><td><pre>${log}</pre></td></tr>\n`,
)}</tbody></table></details>
`;
}

function probesTable({ probes }: ReadProof): Html {
  if (probes.length === 0) return html`<p>No probes were run: nothing was tried but load and unload.</p>\n`;
  return html`<table><thead><tr><th>Probe</th><th>Update</th><th>Status</th><th>Has to be</th><th>Output</th></tr></thead><tbody>
${probes.map(
  ({ probe, state, wanted, status, output }) =>
    html`<tr${wanted === 'any' || wanted === status ? NOTHING : html` class="refuse"`}><td>${probe}</td><td>${state}</td><td>${status}</td><td>${wanted}</td><td><pre>${output}</pre></td></tr>\n`,
)}</tbody></table>
`;
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

function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** A text or a number; anything else is said to be none. */
function word(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : 'not said';
}
