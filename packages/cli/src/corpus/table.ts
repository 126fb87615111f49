// SPDX-License-Identifier: GPL-2.0-or-later
import { type Finding, formatPlace } from '@uptide/base';
import { formatDuration, printable } from '../shell/lines.ts';
import type { CorpusEntry, CorpusVerdict, CreateRecord, Problem } from './model.ts';

/** What the table says of the run besides the entries. */
export interface RunFacts {
  /** `YYYY-MM-DD` */
  readonly date: string;
  readonly version: string;
  readonly release: string;
  readonly sourceVersion: string;
  readonly compiler: string;
  /** How the folder of the patches is named. */
  readonly folder: string;
  /** Milliseconds of this run, and how many of the entries are from it. */
  readonly took: number;
  readonly fresh: number;
  readonly jobs: number;
}

const VERDICTS: Readonly<Record<CorpusVerdict, string>> = {
  made: 'made',
  refused: 'refused',
  'init-only': 'init only',
  'no-change': 'no change',
  'not-built': 'not built',
  error: 'error',
};

/** One line for an entry, for those who watch. */
export function describeEntry(entry: CorpusEntry): string {
  const { create, proof } = entry;
  const told = [
    VERDICTS[create.verdict],
    ...(proof === undefined ? [] : [proof.proof.verdict]),
    ...reasonCodes(entry),
  ];
  return `${entry.patch}: ${told.join(', ')} (${formatDuration(timeOf(entry))})`;
}

/** The whole result as Markdown. */
export function corpusToMarkdown(entries: readonly CorpusEntry[], facts: RunFacts): string {
  return [
    '# Coverage',
    '',
    `${entries.length} patches of \`${facts.folder}\` for Debian's \`${facts.release}\` (source ${facts.sourceVersion}, ${facts.compiler}), ${facts.date}, Uptide ${facts.version}. Written by \`uptide corpus\`.`,
    '',
    ...summary(entries),
    '',
    ...timing(entries, facts),
    '',
    '## Each patch',
    '',
    '| patch | what it fixes | verdict | functions | proof | findings | TUs | s |',
    '|---|---|---|---|---|---|---|---|',
    ...entries.map(row),
    '',
    ...details('Not made', entries, notMade),
    ...details('Made, and not proven in full', entries, notProven),
    ...details('Made, for a person to judge', entries, toJudge),
  ].join('\n');
}

/** How many entries have each verdict. */
export function countVerdicts(entries: readonly CorpusEntry[]): Record<CorpusVerdict, number> {
  const counts = { made: 0, refused: 0, 'init-only': 0, 'no-change': 0, 'not-built': 0, error: 0 };
  for (const { create } of entries) counts[create.verdict] += 1;
  return counts;
}

function summary(entries: readonly CorpusEntry[]): string[] {
  const counts = countVerdicts(entries);
  const live = counts.made + counts.refused + counts.error;
  const share =
    live === 0
      ? ''
      : `, ${((100 * counts.made) / live).toFixed(1)} % of the ${live} that change code which can still run`;
  const proofs = entries.flatMap(({ proof }) => (proof === undefined ? [] : [proof.proof.verdict]));
  const proven = (verdict: string): number => proofs.filter((found) => found === verdict).length;
  return [
    '| verdict | patches | |',
    '|---|---|---|',
    `| made | ${counts.made} | a live update with no line written by hand${share} |`,
    `| refused | ${counts.refused} | the findings below say what stands in the way |`,
    `| init only | ${counts['init-only']} | the changed code ran when the kernel or module was loaded, and is gone |`,
    `| no change | ${counts['no-change']} | the compiled code stays the same |`,
    `| not built | ${counts['not-built']} | this kernel has no object from the changed files |`,
    `| error | ${counts.error} | a fault of Uptide |`,
    ...(proofs.length === 0
      ? []
      : [
          '',
          `Of the updates that were made, ${proven('proven')} were loaded into the booted kernel, seen to replace every function, and unloaded again; ${proven('partly')} were checked against modules that do not load in a virtual machine; ${proven('failed')} failed.`,
        ]),
  ];
}

function timing(entries: readonly CorpusEntry[], facts: RunFacts): string[] {
  const steps = new Map<string, number>();
  for (const { create, proof } of entries) {
    for (const { step, took } of [...create.times, ...(proof?.times ?? [])]) {
      steps.set(step, (steps.get(step) ?? 0) + took);
    }
  }
  const units = entries.reduce((sum, { create }) => sum + create.units, 0);
  const listed = [...steps].map(([step, took]) => `${step} ${(took / 1000).toFixed(1)}`).join(', ');
  const run =
    facts.fresh === entries.length
      ? `The run took ${formatDuration(facts.took)}, ${facts.jobs} patches at a time`
      : 'The entries are of several runs, one continuing the other';
  return [`${run}; ${units} TUs were compared. Seconds by step, over all patches: ${listed}.`];
}

function row(entry: CorpusEntry): string {
  const { create, proof } = entry;
  const cells = [
    cell(entry.patch),
    cell(entry.title ?? ''),
    VERDICTS[create.verdict],
    create.objects.map(describeObject).join('; '),
    proof?.proof.verdict ?? '',
    reasonCodes(entry).map(code).join(' '),
    String(create.units),
    (timeOf(entry) / 1000).toFixed(1),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Functions that a cell names before it only counts them. */
const NAMED_FUNCTIONS = 4;

function describeObject({ name, functions, callbacks }: CreateRecord['objects'][number]): string {
  const named = functions.slice(0, NAMED_FUNCTIONS).map(code);
  const more = functions.length - named.length;
  const all = [...named, ...(more > 0 ? [`${more} more`] : []), ...callbacks.map((kind) => `(${kind})`)];
  return `${code(name)}: ${all.join(' ')}`;
}

type Told = Finding | Problem;

/** What stands in the way. */
function notMade({ create: { verdict, findings, problem } }: CorpusEntry): readonly Told[] {
  if (verdict === 'made') return [];
  const refusals = findings.filter((found) => found.verdict === 'refuse');
  const told = refusals.length > 0 || problem !== undefined ? refusals : findings;
  return [...(problem === undefined ? [] : [problem]), ...told];
}

function notProven({ proof: record }: CorpusEntry): readonly Told[] {
  return record === undefined || record.proof.verdict === 'proven' ? [] : record.proof.findings;
}

function toJudge({ create: { verdict, findings } }: CorpusEntry): readonly Told[] {
  return verdict === 'made' ? findings.filter((found) => found.verdict === 'review') : [];
}

function reasonCodes(entry: CorpusEntry): string[] {
  const told = [...notMade(entry), ...toJudge(entry), ...notProven(entry)];
  return [...new Set(told.map(({ code }) => code))];
}

/** Characters of a reason that the table quotes; the JSON has all of it. */
const QUOTED = 600;

function details(
  heading: string,
  entries: readonly CorpusEntry[],
  pick: (entry: CorpusEntry) => readonly Told[],
): string[] {
  const told = entries.flatMap((entry) => {
    const byCode = Map.groupBy(pick(entry), (one) => one.code);
    const lines = [...byCode].flatMap(([name, list]) => detailsOf(name, list));
    return lines.length === 0 ? [] : [`- **${entry.patch}** ${inline(entry.title ?? '')}`, ...lines];
  });
  return told.length === 0 ? [] : [`## ${heading}`, '', ...told, ''];
}

/** Findings of one code that are told of a patch before they are only counted. */
const TOLD = 4;

function detailsOf(name: string, told: readonly Told[]): string[] {
  const lines = [...new Set(told.map(detail))];
  const more = lines.length - TOLD;
  return more <= 1 ? lines : [...lines.slice(0, TOLD), `  - ${code(name)} ${more} more of them`];
}

function detail({ code, place, reason }: Told): string {
  const where = formatPlace(place);
  const text = inline(reason);
  const short = text.length > QUOTED ? `${text.slice(0, QUOTED)} …` : text;
  return `  - \`${code}\` ${where === '' ? '' : `${inline(where)}: `}${short}`;
}

function timeOf({ create, proof }: CorpusEntry): number {
  return [...create.times, ...(proof?.times ?? [])].reduce((sum, { took }) => sum + took, 0);
}

/** A stranger's text on one line of Markdown. */
function inline(text: string): string {
  return printable(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_<>[\]]/g, '\\$&')
    .trim();
}

/** A name as code; no name of C, of a module or of the catalogue has a backtick or a bar. */
function code(name: string): string {
  return `\`${printable(name).replaceAll(/[`|\s]/g, '?')}\``;
}

function cell(text: string): string {
  return inline(text).replaceAll('|', '\\|');
}
