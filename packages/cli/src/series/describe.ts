// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { describeFindings } from '../glue/findings.ts';
import { formatTable, oneLine, printable } from '../shell/lines.ts';
import type { SeriesBuild } from './build.ts';
import { levelFile, type PlannedLevel } from './model.ts';

/** A build as programs read it; `findings` are those on the series as a whole. */
export function buildToJson(kernel: string, build: SeriesBuild, findings: readonly Finding[]): object {
  const { levels, stopped } = build;
  return {
    schema: 1,
    verdict: stopped === undefined && findings.length === 0 ? 'built' : 'refused',
    kernel,
    levels: levels.map(({ plan, how, update, digest, findings: ofLevel }) => ({
      ...nameOf(plan),
      how,
      file: levelFile(plan.level),
      sha256: digest,
      /** Whether klp lets the level before replace this one. */
      back: plan.level > 1 && !ofLevel.some(({ code }) => code === 'SERIES_ONE_WAY'),
      update: update.description,
      findings: ofLevel,
    })),
    ...(stopped === undefined ? {} : { stopped: { ...nameOf(stopped.plan), findings: stopped.findings } }),
    findings,
  };
}

/** A build as people read it. */
export function describeBuild(build: SeriesBuild, findings: readonly Finding[]): string {
  const { levels, stopped } = build;
  const rows = levels.map(({ plan, how, update }) => [
    levelFile(plan.level),
    how,
    update.description.module,
    oneLine(`${plan.entry.id}: ${plan.entry.title}`),
  ]);
  const parts = [
    printable(formatTable(rows)),
    ...levels.map((level) => describeFindings(level.findings)),
    ...(stopped === undefined
      ? []
      : [
          `level ${stopped.plan.level} (${stopped.plan.entry.id}) is not built`,
          describeFindings(stopped.findings),
        ]),
    describeFindings(findings),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function nameOf({ level, entry }: PlannedLevel): { level: number; id: string } {
  return { level, id: entry.id };
}
