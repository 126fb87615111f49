// SPDX-License-Identifier: GPL-2.0-or-later
import { basename } from 'node:path';
import { CATALOGUE, type ExitName, type Finding } from '@uptide/base';
import type { CreatedUpdate, CreateOutcome, Examination, PatchFile } from '@uptide/forge';
import type { Baseline, BaselineRecord } from '@uptide/kernel';
import type { Description, LevelFix, Update } from '@uptide/stream';
import { formatTable, printable } from '../shell/lines.ts';
import { VERSION } from '../version.ts';
import { describeFindings, withoutSignedOff } from './findings.ts';
import { carriedDisassembly, carriedKernelSide } from './origin.ts';

/** What the maker says of an update besides what the forge knows. */
export interface Naming {
  readonly title?: string | undefined;
  readonly cves: readonly string[];
  /** The n-th cumulative update of its kernel; 1 when it is not said. */
  readonly level?: number | undefined;
  /** The fixes that a level of a series has. */
  readonly fixes?: readonly LevelFix[] | undefined;
  /** Those that were taken back: what their patches name is not fixed. */
  readonly undone?: readonly LevelFix[] | undefined;
  /** What the patches are called in the update; by default as their files, without folders. */
  readonly patchNames?: readonly string[] | undefined;
}

/** Puts an update together from what the forge made and what is known of the kernel. */
export function assembleUpdate(
  created: CreatedUpdate,
  findings: readonly Finding[],
  patches: readonly PatchFile[],
  kernel: { readonly baseline: Baseline; readonly record: BaselineRecord },
  { title, cves, level, fixes, undone = [], patchNames }: Naming,
): Update {
  const { baseline, record } = kernel;
  const names = patchNames ?? patches.map(({ path }) => basename(path));
  const lost = new Set(undone.flatMap((fix) => fix.cves));
  const source = record.packages.find(({ name }) => name.startsWith('linux-source'));
  const description: Description = {
    id: created.id,
    module: created.moduleName,
    kernel: { release: baseline.release, buildId: baseline.buildId, architecture: 'x86_64' },
    level: level ?? 1,
    title: title ?? created.subject ?? names[0] ?? created.moduleName,
    cves: [...new Set([...cves, ...created.cves.filter((cve) => !lost.has(cve))])].sort(),
    ...(fixes === undefined ? {} : { fixes }),
    ...(undone.length === 0 ? {} : { undone }),
    objects: created.objects.map(({ name, functions, callbacks }) => ({
      name,
      ...(callbacks.length === 0 ? {} : { callbacks: [...callbacks] }),
      functions: functions.map(({ match, ...replaced }) => ({
        ...replaced,
        match: { sha256: match.sha256, masks: match.masks.map((mask) => ({ ...mask })) },
      })),
    })),
    ...(created.states.length === 0
      ? {}
      : { states: created.states.map(({ id, version }) => ({ id: `0x${id.toString(16)}`, version })) }),
    findings: findings.flatMap(({ verdict, ...finding }) =>
      verdict === 'refuse' ? [] : [{ ...finding, verdict, place: { ...finding.place } }],
    ),
    compiler: baseline.compilerText,
    source: {
      package: source?.name ?? 'unknown',
      version: baseline.sourceVersion,
      baseline: baseline.digest,
      packages: record.packages.map(({ name, version, sha256 }) => ({ name, version, sha256 })),
      tool: { version: VERSION },
    },
  };
  return {
    description,
    module: created.module,
    patches: patches.map(({ bytes }, index) => ({ name: names[index] ?? '', bytes })),
    others: [carriedDisassembly(created.disassembly), ...carriedKernelSide(created.kernelSide)],
  };
}

/** How a create or an examination ends: refusals of one kind have the status of that kind. */
export function endingOf({ verdict, findings }: CreateOutcome | Examination): ExitName {
  if (verdict === 'made' || verdict === 'examined') return 'done';
  if (verdict === 'no-change') return 'noFunctionalChange';
  const kinds = findings
    .filter((found) => found.verdict === 'refuse')
    .map(({ code }) => CATALOGUE[code].exit);
  const [kind] = kinds;
  return kind !== undefined && kinds.every((other) => other === kind) ? kind : 'refused';
}

/** The outcome as programs read it. */
export function outcomeToJson(outcome: CreateOutcome, made?: { file: string; update: Update }): object {
  const { verdict, findings, notes } = outcome;
  return {
    schema: 1,
    verdict,
    findings,
    notes,
    ...(made === undefined ? {} : { file: made.file, update: made.update.description }),
  };
}

/** The outcome as people read it. */
export function describeOutcome(outcome: CreateOutcome, made?: { file: string; update: Update }): string {
  if (made === undefined) return describeFindings(outcome.findings);
  const { module, kernel, title, cves, objects, unreviewed } = made.update.description;
  const left = withoutSignedOff(outcome.findings, made.update.description);
  const signed = outcome.findings.length - left.length;
  const findings = describeFindings(left);
  const rows = objects.flatMap(({ name, functions }) =>
    functions.map((replaced) => [`  ${name}`, replaced.name, replaced.reason]),
  );
  const text = [`${made.file}: ${title}`, `${module} for ${kernel.release} ${cves.join(' ')}`.trimEnd()];
  const judged = [
    ...(signed === 0 ? [] : [`signed off: ${signed} of ${outcome.findings.length} findings`]),
    ...(unreviewed === undefined ? [] : [`not judged: ${unreviewed.reason}`]),
  ];
  return [printable([...text, formatTable(rows)].join('\n')), findings, printable(judged.join('\n'))]
    .filter((part) => part !== '')
    .join('\n');
}
