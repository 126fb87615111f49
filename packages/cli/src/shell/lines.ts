// SPDX-License-Identifier: GPL-2.0-or-later
import { stripVTControlCharacters } from 'node:util';
import { formatPlace, type Place } from '@uptide/base';

/** A finding or an error as people read it. */
interface Problem {
  readonly code: string;
  readonly place: Place;
  readonly reason: string;
  readonly remedy: string;
}

/** Code, place and reason on the first line, what to do next on the last. */
export function formatProblem({ code, place, reason, remedy }: Problem): string {
  const where = formatPlace(place);
  return [`${code}: ${where === '' ? '' : `${where}: `}${reason}`, `  next: ${remedy}`]
    .map(printable)
    .join('\n');
}

/** Text of a stranger without what a terminal would obey; line feeds and tabs stay. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[[\p{Cc}\p{Cf}]--[\n\t]]/gv, '?');
}

/** Text of a stranger on one line, so that it cannot pass for a line of ours. */
export function oneLine(text: string): string {
  return printable(text).replaceAll(/\s+/g, ' ').trim();
}

/** Seconds with one digit, minutes from 100 s on. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** How far something is: `12.5 of 180.3 MB`, `3 of 17 units`, `12.5 MB` when the whole is not known. */
export function formatProgress(done: number, total: number, unit: string): string {
  if (unit !== 'B') return total === 0 ? `${done} ${unit}` : `${done} of ${total} ${unit}`;
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  return total === 0 ? `${megabytes(done)} MB` : `${megabytes(done)} of ${megabytes(total)} MB`;
}

/** Rows as columns of equal width; the last column is left as it is. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(cell.length, widest[column] ?? 0)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
