// SPDX-License-Identifier: GPL-2.0-or-later
import { createHash } from 'node:crypto';
import type { Place } from '@uptide/base';
import { type PatchedFunction, type Update, updateFiles } from '@uptide/stream';
import { formatProblem, formatTable, oneLine, printable } from '../shell/lines.ts';
import { summarizeProof } from './proof-summary.ts';

/** Digits of a digest by which a person tells it from others; the JSON has all. */
const DIGITS = 12;

/** All that an update says of itself, as programs read it. */
export function updateToJson(file: string, update: Update): object {
  const proof = update.proof === undefined ? undefined : summarizeProof(update.proof);
  return {
    schema: 1,
    file,
    update: update.description,
    files: updateFiles(update).map(({ path, role, bytes }) => ({
      path,
      role,
      size: bytes.length,
      sha256: digest(bytes),
    })),
    proof: proof ?? null,
  };
}

/** All that an update says of itself, as people read it. */
export function describeUpdate(file: string, update: Update): string {
  const { description } = update;
  const { kernel, source } = description;
  const head = formatTable([
    ['module', description.module],
    ['id', description.id],
    ['kernel', `${kernel.release} ${kernel.architecture}`],
    ['build id', kernel.buildId],
    ['level', String(description.level)],
    ['fixes', description.cves.length === 0 ? 'no CVE is named' : description.cves.join(' ')],
    ...(description.fixes ?? []).map(({ id, title, date }, index) => [
      index === 0 ? 'series' : '',
      oneLine(`${id}: ${title}${date === undefined ? '' : ` (${date})`}`),
    ]),
    ...(description.undone ?? []).map(({ id, title }, index) => [
      index === 0 ? 'undone' : '',
      oneLine(`${id}: ${title}`),
    ]),
    ...(description.states ?? []).map(({ id, version }, index) => [
      index === 0 ? 'states' : '',
      `${id} in version ${version}`,
    ]),
    ['compiler', oneLine(description.compiler)],
    ['source', oneLine(`${source.package} ${source.version}`)],
    ...(source.packages ?? []).map(({ name, version }, index) => [
      index === 0 ? 'packages' : '',
      oneLine(`${name} ${version}`),
    ]),
    ['baseline', source.baseline],
    ['made by', source.tool === undefined ? 'not said' : oneLine(`Uptide ${source.tool.version}`)],
    ['proof', describeSummary(update.proof)],
  ]);
  const parts = [
    `${file}: ${oneLine(description.title)}`,
    head,
    'replaces',
    ...description.objects.flatMap(({ name, functions, callbacks = [] }) => [
      `  ${name}`,
      ...functions.map(describeFunction),
      ...(callbacks.length === 0 ? [] : [`    callbacks: ${callbacks.join(', ')}`]),
    ]),
    'findings',
    ...(description.unreviewed === undefined
      ? []
      : [`  not all of them are judged: ${oneLine(description.unreviewed.reason)}`]),
    ...(description.findings.length === 0 ? ['  none'] : description.findings.map(describeFinding)),
    'files',
    formatTable(
      updateFiles(update).map(({ path, role, bytes }) => [
        `  ${path}`,
        role,
        `${bytes.length} bytes`,
        digest(bytes).slice(0, DIGITS),
      ]),
    ),
  ];
  return printable(parts.join('\n'));
}

function describeFunction({ name, position, size, reason, match }: PatchedFunction): string {
  const masks = new Map<string, number>();
  for (const { kind } of match.masks) masks.set(kind, (masks.get(kind) ?? 0) + 1);
  const left = [...masks].map(([kind, count]) => `${count} ${kind}`).join(', ');
  return [
    `    ${position === 0 ? name : `${name},${position}`}  ${size} bytes`,
    `      why: ${oneLine(reason)}`,
    `      shipped: ${match.sha256.slice(0, DIGITS)}${left === '' ? '' : ` without ${left}`}`,
  ].join('\n');
}

function describeFinding(found: Update['description']['findings'][number]): string {
  const { signedOff } = found;
  const head = found.verdict === 'review' && found.id !== undefined ? `review ${found.id}` : found.verdict;
  const text = `${head}: ${formatProblem({ ...found, place: placeOf(found.place) })}`;
  const signed =
    signedOff === undefined
      ? []
      : [`  signed off by ${signedOff.name}, ${signedOff.date}: ${signedOff.reason}`];
  const lines = [text, ...signed].join('\n');
  return lines.replaceAll(/^/gm, '  ');
}

/** The known fields of a place that was read. */
function placeOf(place: Update['description']['findings'][number]['place']): Place {
  const { kernel, object, file, line, section, symbol, offset } = place;
  return {
    ...(kernel === undefined ? {} : { kernel }),
    ...(object === undefined ? {} : { object }),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(section === undefined ? {} : { section }),
    ...(symbol === undefined ? {} : { symbol }),
    ...(offset === undefined ? {} : { offset }),
  };
}

function describeSummary(proof: Uint8Array | undefined): string {
  if (proof === undefined) return 'none';
  const summary = summarizeProof(proof);
  if (summary === undefined) return 'cannot be read';
  const { verdict, release, live, static: checked, none, levels } = summary;
  const way =
    levels?.previous == null
      ? ''
      : `, also from level ${levels.previous} ${levels.back === true ? 'and back to it' : 'and not back'}`;
  const ran = oneLine(`${verdict} on ${release}${way}`);
  return `${ran}; functions replaced live: ${live}, checked against the file: ${checked}, not shown: ${none}`;
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
