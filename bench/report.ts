// SPDX-License-Identifier: GPL-2.0-or-later
import type { CorpusCompare, Throughput } from './measure-compare.ts';
import type { Measured, Way } from './measure-create.ts';

/** Everything that `make bench` measured; times in milliseconds, medians of `runs`. */
export interface Report {
  readonly schema: 1;
  readonly date: string;
  readonly kernel: string;
  readonly compiler: string;
  readonly node: string;
  readonly processors: number;
  readonly processor: string;
  readonly memoryBytes: number;
  readonly runs: number;
  readonly creates: readonly Measured[];
  readonly throughput: readonly Throughput[];
  readonly corpus: CorpusCompare;
}

/** The report as Markdown that reads as plain text too. */
export function reportToText(report: Report): string {
  const { date, kernel, compiler, node, processors, processor, memoryBytes, runs } = report;
  const memory = (memoryBytes / 2 ** 30).toFixed(0);
  return [
    `${date}, ${kernel}, ${compiler}, Node ${node}, ${processors} processors (${processor}), ${memory} GB; medians of ${runs} runs, in seconds.`,
    '',
    ...table([
      ['', ...report.creates.map(({ patch }) => patch)],
      ['', ...report.creates.map(({ what, sources }) => `${what}: ${sources.join(', ')}`)],
      ['bare compile', ...report.creates.map(({ bare }) => seconds(bare))],
      ...wayRows('pre not in the store', report.creates, ({ cold }) => cold),
      ...wayRows('pre in the store', report.creates, ({ warm }) => warm),
    ]),
    '',
    'The aim for one TU: 2 bare compiles + 1.5 s, and 1 bare compile + 1.5 s with pre in the store.',
    '',
    ...table([
      ['compare', 'MB of both objects', 'seconds', 'MB/s'],
      ...report.throughput.map(({ source, bytes, took }) => [
        source,
        (bytes / 1e6).toFixed(1),
        seconds(took),
        (bytes / 1e3 / took).toFixed(0),
      ]),
    ]),
    '',
    `Compare of all ${report.corpus.units} pairs of objects of ${report.corpus.patches} patches, in one process: ${seconds(report.corpus.took)} s.`,
  ].join('\n');
}

function wayRows(
  name: string,
  creates: readonly Measured[],
  pick: (measured: Measured) => Way,
): (readonly string[])[] {
  const ways = creates.map(pick);
  const parts = [...new Set(ways.flatMap((way) => Object.keys(way.parts)))];
  return [
    [`**${name}**`, ...ways.map(({ wall }) => `**${seconds(wall)}**`)],
    ...parts.map((part) => [part, ...ways.map((way) => seconds(way.parts[part] ?? 0))]),
    ['times a bare compile', ...ways.map(({ ratio }) => ratio.toFixed(1))],
    ['aim', ...ways.map(({ wall, aim }) => `${seconds(aim)} ${wall <= aim ? 'met' : 'missed'}`)],
  ];
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}

/** A Markdown table; the first row is its head. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((text, i) => Math.max(text.length, widest[i] ?? 3)),
    [],
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)];
}
