// SPDX-License-Identifier: GPL-2.0-or-later
import { type Html, html, NOTHING } from './escape.ts';
import { fieldsOf, records, word } from './proof-fields.ts';

/** What a proof says of a level of a series. */
export interface ReadLevels {
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

/** What a step happened to look like. */
export interface ReadRun {
  readonly boot: string;
  readonly step: string;
  readonly milliseconds: string;
  readonly rounds: string;
  readonly log: string;
}

/** A run of a probe. */
export interface ReadProbe {
  readonly probe: string;
  /** Whether it is the probe of a fix. */
  readonly ofFix: boolean;
  readonly state: string;
  /** The status with which it has to end. */
  readonly wanted: string;
  readonly status: string;
  readonly output: string;
}

/** Reads what a proof says of a level. */
export function readLevels(levels: Readonly<Record<string, unknown>>): ReadLevels {
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

/** Reads what a proof says of the run of a step. */
export function readRun({ boot, step, transition, rounds, log }: Readonly<Record<string, unknown>>): ReadRun {
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

/** The steps from level to level. */
export function levelsTable(levels: ReadLevels | undefined): Html {
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

/** Transition times, rounds of loads and kernel log of each step. */
export function runsTable(runs: readonly ReadRun[]): Html {
  if (runs.length === 0) return NOTHING;
  return html`<details><summary>Transition times and kernel log of ${runs.length} steps</summary>
<table><thead><tr><th>Boot</th><th>Step</th><th>Transition, ms</th><th>Rounds of loads so far</th><th>Kernel log</th></tr></thead><tbody>
${runs.map(
  ({ boot, step, milliseconds, rounds, log }) =>
    html`<tr><td>${boot}</td><td>${step}</td><td>${milliseconds}</td><td>${rounds === '' ? 'no load' : rounds}</td><td><pre>${log}</pre></td></tr>\n`,
)}</tbody></table></details>
`;
}

/** What the probe of each fix showed in each state, with what one printed that did not end as it had to. */
export function fixesTable(probes: readonly ReadProbe[]): Html {
  const own = probes.filter(({ ofFix }) => ofFix);
  const states = [...new Set(own.map(({ state }) => state))];
  const fixes = [...new Set(own.map(({ probe }) => probe))];
  const runs = new Map(own.map((run) => [`${run.probe} ${run.state}`, run]));
  // A proof has each probe once in each state; of any other a table would have more cells than the proof has runs.
  if (fixes.length * states.length !== runs.size) return probesTable(own);
  if (own.length === 0) return NOTHING;
  const cell = (run: ReadProbe | undefined): Html => {
    if (run === undefined || isRight(run)) return html`<td>${tellStatus(run?.status ?? '')}</td>`;
    return html`<td class="refuse">${tellStatus(run.status)}<pre>${run.output}</pre></td>`;
  };
  return html`<div class="wide"><table><thead><tr><th>Probe of the fix</th>${states.map((state) => html`<th>${state}</th>`)}</tr></thead><tbody>
${fixes.map((fix) => html`<tr><td>${fix}</td>${states.map((state) => cell(runs.get(`${fix} ${state}`)))}</tr>\n`)}</tbody></table></div>
`;
}

/** Runs of probes, one below the other. */
export function probesTable(probes: readonly ReadProbe[]): Html {
  if (probes.length === 0) return NOTHING;
  return html`<table><thead><tr><th>Probe</th><th>Update</th><th>Status</th><th>Has to be</th><th>Output</th></tr></thead><tbody>
${probes.map(
  (run) =>
    html`<tr${isRight(run) ? NOTHING : html` class="refuse"`}><td>${run.probe}</td><td>${run.state}</td><td>${run.status}</td><td>${run.wanted}</td><td><pre>${run.output}</pre></td></tr>\n`,
)}</tbody></table>
`;
}

/** Whether a probe ended as it had to. */
function isRight({ wanted, status }: ReadProbe): boolean {
  return wanted === 'any' || wanted === status;
}

function tellStatus(status: string): string {
  if (status === '0') return 'fixed';
  return status === '1' ? 'fault' : `status ${status}`;
}
