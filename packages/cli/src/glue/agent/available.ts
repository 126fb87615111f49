// SPDX-License-Identifier: GPL-2.0-or-later
import type { Available, ListedLevel } from '@uptide/host';
import { formatTable, oneLine, printable } from '../../shell/lines.ts';
import { nameSome } from './plan.ts';

/** What `uptide show` was asked for besides a file. */
export interface Wanted {
  readonly level?: number;
  readonly cve?: string;
  /** Only what is above the live level. */
  readonly available: boolean;
}

/** Reads the argument of `show`; undefined when it can only be a file. */
export function readWanted(argument: string | undefined, available: boolean): Wanted | undefined {
  if (argument === undefined) return { available };
  if (/^CVE-\d{4}-\d{4,19}$/i.test(argument)) return { cve: argument.toUpperCase(), available };
  if (/^\d{1,7}$/.test(argument)) return { level: Number(argument), available };
  return undefined;
}

/** The levels that are wanted. */
export function chooseLevels(
  { levels }: Available,
  { level, cve, available }: Wanted,
): readonly ListedLevel[] {
  return levels.filter(
    (one) =>
      (!available || one.above) &&
      (level === undefined || one.level.level === level) &&
      (cve === undefined || one.level.cves.includes(cve)),
  );
}

export function describeAvailable(known: Available, wanted: Wanted): string {
  const levels = chooseLevels(known, wanted);
  if (wanted.cve !== undefined) return describeCve(known, wanted.cve, levels);
  if (levels.length === 0) {
    return wanted.available ? 'no level above the live one' : `no level is known for ${known.kernel}`;
  }
  if (wanted.level !== undefined) return levels.map(describeLevel).join('\n');
  return printable(
    formatTable(
      levels.map((one) => [
        `level ${one.level.level}`,
        standing(one),
        one.level.date.slice(0, 10),
        one.level.severity ?? '-',
        `${one.level.cves.length} CVEs`,
        oneLine(one.level.title),
      ]),
    ),
  );
}

/** The levels as programs read them. */
export function availableToJson(known: Available, wanted: Wanted): object {
  const said = wanted.cve === undefined ? undefined : known.cves[wanted.cve];
  return {
    schema: 1,
    kernel: known.kernel,
    ...(wanted.cve === undefined ? {} : { cve: { id: wanted.cve, ...said } }),
    levels: chooseLevels(known, wanted).map(({ level, live, above, obstacles }) => ({
      ...level,
      live,
      above,
      obstacles,
    })),
  };
}

function describeCve({ cves, kernel }: Available, cve: string, levels: readonly ListedLevel[]): string {
  const said = cves[cve];
  const [first] = levels;
  const live = levels.some((one) => one.live);
  const state =
    said?.status === undefined || said.status === 'fixed' || said.status === 'mitigated'
      ? first === undefined
        ? `nothing is known of it for ${kernel}`
        : `${said?.status ?? 'fixed'} by level ${said?.since ?? first.level.level} and above, ${live ? 'live here' : 'NOT live here'}`
      : said.status;
  const lines = [`${cve}: ${state}`, said?.reason, said?.reference].filter((line) => line !== undefined);
  return lines.map((line, at) => (at === 0 ? '' : '  ') + oneLine(line)).join('\n');
}

function describeLevel(one: ListedLevel): string {
  const { level, title, date, severity, fixes, cves, back, proof, accepted, withdrawn, id } = one.level;
  const lines = [
    `level ${level}: ${title}`,
    `  ${standing(one)}, published ${date}, severity ${severity ?? 'not rated'}, ${proof.verdict}`,
    ...one.obstacles.map(({ reason }) => `  against it: ${reason}`),
    ...(withdrawn === undefined ? [] : [`  withdrawn ${withdrawn.date}: ${withdrawn.reason}`]),
    ...(accepted ?? []).map(({ what, reason }) => `  ${what}: ${reason}`),
    `  ${back ? 'one can go back to the level before' : 'one cannot go back to the level before, only take this one out'}`,
    `  closes ${nameSome(cves)}`,
    ...fixes.map(
      (fix) => `    ${fix.id}: ${fix.title}${fix.cves.length === 0 ? '' : ` (${fix.cves.join(' ')})`}`,
    ),
    `  id ${id}`,
  ];
  return lines.map(oneLineKeepingIndent).join('\n');
}

function standing({ live, above, obstacles }: ListedLevel): string {
  if (live) return 'live';
  if (!above) return 'below';
  return obstacles.length === 0 ? 'open' : (obstacles[0]?.rule ?? 'held');
}

function oneLineKeepingIndent(line: string): string {
  return (/^ */.exec(line)?.[0] ?? '') + oneLine(line);
}
